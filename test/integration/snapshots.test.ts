/** A snapshot of a workload's claim is a copy of its data: only the platform team takes one, and tools that may copy any volume. */
import { beforeAll, describe } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { CLAIMS_ANNOTATION } from "../../src/crds/group.ts";
import { GUARDS } from "../../src/reconcilers/admission/policies.ts";
import { attempts, CREATE } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { installCrds } from "../support/crds.ts";
import { enforce } from "../support/enforce.ts";
import { guardedNamespace } from "../support/guarded.ts";
import { stranger } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";

const SHOP = "shop";
/** With workloads, and none that has a claim. */
const EMPTY = "empty";
const PLAIN = "plain";

const { cluster } = useCluster();

const snapshotOf = (persistentVolumeClaimName: string, name = `of-${persistentVolumeClaimName}`): KubeObject =>
  stranger(
    "snapshot.storage.k8s.io/v1",
    "VolumeSnapshot",
    { spec: { source: { persistentVolumeClaimName } } },
    { name },
  );

const ofGroup = stranger(
  "groupsnapshot.storage.k8s.io/v1",
  "VolumeGroupSnapshot",
  { spec: { source: { selector: {} } } },
  { name: "all" },
);

beforeAll(async () => {
  await installCrds(cluster, "snapshots");
  await guardedNamespace(cluster, SHOP, "guarding");
  await guardedNamespace(cluster, EMPTY, "guarding");
  await kubectl(cluster, ["annotate", "namespace", EMPTY, `${CLAIMS_ANNOTATION}-`]);
  await kubectl(cluster, ["create", "namespace", PLAIN]);
  const group = "snapshot.storage.k8s.io";
  const rules = [
    {
      apiGroups: [group, "groupsnapshot.storage.k8s.io"],
      resources: ["volumesnapshots", "volumegroupsnapshots"],
      verbs: ["*"],
    },
  ];
  const contents = [{ apiGroups: [group], resources: ["volumesnapshotcontents"], verbs: ["create"] }];
  for (const [name, given] of Object.entries({ snapshots: rules, contents }))
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: stranger("rbac.authorization.k8s.io/v1", "ClusterRole", { rules: given }, { name }),
    });
  for (const user of ["alice", "bob"])
    await kubectl(cluster, [
      "create",
      "clusterrolebinding",
      `snapshots-${user}`,
      "--clusterrole=snapshots",
      `--user=${user}`,
    ]);
  await kubectl(cluster, ["create", "clusterrolebinding", "contents", "--clusterrole=contents", "--user=bob"]);
  await kubectl(cluster, CREATE, {
    input: { ...snapshotOf("own", "before"), metadata: { name: "before", namespace: SHOP } },
  });
  await enforce(cluster, GUARDS);
}, 120_000);

const { refuses, allows } = attempts(() => cluster, SHOP);

const dry = [...CREATE, "--dry-run=server"];

describe("palisade-snapshots refuses", () => {
  refuses("palisade-snapshots", [
    { title: "one of a claim that a workload makes, case 122", args: CREATE, input: snapshotOf("data-web") },
    { title: "one of a claim of a pod, case 122", args: CREATE, input: snapshotOf("data-db-0") },
    { title: "one of a claim that a workload names, case 122", args: CREATE, input: snapshotOf("shared") },
    { title: "one of a group that may hold them, case 122", args: CREATE, input: ofGroup },
    {
      title: "another claim for one that there is, case 122",
      args: [
        "patch",
        "volumesnapshot",
        "before",
        "--type=merge",
        "-p",
        '{"spec":{"source":{"persistentVolumeClaimName":"data-web"}}}',
      ],
    },
  ]);
});

describe("palisade-snapshots lets through", () => {
  allows([
    { title: "one of a claim of others", args: dry, input: snapshotOf("own") },
    { title: "a label on one", args: ["label", "volumesnapshot", "before", "kept=yes"] },
    { title: "a tool that may copy any volume", user: "bob", args: dry, input: snapshotOf("data-web") },
    { title: "the platform team", user: "platform", args: dry, input: snapshotOf("data-web") },
    { title: "a group where no workload has a claim", namespace: EMPTY, args: dry, input: ofGroup },
    { title: "one where no workload is", namespace: PLAIN, args: dry, input: snapshotOf("data-web") },
  ]);
});
