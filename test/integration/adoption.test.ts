/** An object that stood before its workload: left alone, until its label says that the workload may take it over. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { ADOPT_LABEL } from "../../src/crds/group.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import { grantNamespace, startCluster, type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { aWorkload } from "../support/workloads.ts";

/** Creation times are told to the second: what is older must be so by more. */
const A_SECOND_MS = 1_100;
/** The garbage collector learns of a new kind every 30 s. */
const GARBAGE_MS = 90_000;

jest.setTimeout(240_000);

let cluster: TestCluster;
let palisade: RunningPalisade;
const namespace = uniqueNamespace("adoption");
const look = (name: string, kind = "deployment"): Promise<KubeObject | undefined> =>
  lookAt(cluster, namespace).get(kind, name);
const condition = (name: string) => lookAt(cluster, namespace).condition(name, "Ready");
const pods = (selector: string): Promise<readonly KubeObject[]> =>
  lookAt(cluster, namespace).list("pod", "-l", selector);

beforeAll(async () => {
  cluster = await startCluster({ components: ["controller-manager", "scheduler"] });
  await installPalisade(cluster);
  await grantNamespace(cluster, namespace, "alice");
  palisade = await runPalisade(cluster);
}, 540_000);

afterAll(async () => {
  await palisade?.stop();
  await cluster?.stop();
});

const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });

const adopt = (kind: string, name: string, workload = name): Promise<string> =>
  alice(["label", kind, name, `${ADOPT_LABEL}=${workload}`]);

/** What a workload becomes, as somebody else could have written it before: without a mark of ours. */
async function templateOf(name: string): Promise<object> {
  await alice(["apply", "-f", "-"], aWorkload(name, namespace));
  await until(async () => (await look(name)) !== undefined, "the Deployment");
  const spec = field(await look(name), "spec") as object;
  await alice(["delete", "sw", name]);
  await until(async () => (await look(name)) === undefined, "everything to go", GARBAGE_MS);
  await until(async () => (await pods(`palisade.dev/workload=${name}`)).length === 0, "the pods to go", GARBAGE_MS);
  return spec;
}

const foreign = (name: string, spec: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace, labels: { team: "shop" }, annotations: { "example.com/note": "mine" } },
  spec,
});

/** A Deployment of somebody else's, and a workload that comes later and wants its name. */
async function contested(name: string, spec: object, runs = true): Promise<KubeObject> {
  // The account that the pods run as is given away from the beginning.
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels: { [ADOPT_LABEL]: name } } };
  await alice(["create", "-f", "-"], account);
  await alice(["create", "-f", "-"], foreign(name, spec));
  if (runs) await until(async () => Number(field(await look(name), "status.replicas")) === 1, "its pod");
  await pause(A_SECOND_MS);
  await alice(["apply", "-f", "-"], aWorkload(name, namespace));
  await until(async () => (await condition(name))?.reason === "NameTaken", "NameTaken");
  const before = await look(name);
  if (before === undefined) throw new Error("the Deployment is gone");
  return before;
}

const marks = (object: KubeObject | undefined) => ({
  uid: object?.metadata.uid,
  spec: object?.["spec"],
  labels: object?.metadata.labels,
  owners: object?.metadata.ownerReferences,
});

test("with an equal template and selector it is taken over with its ReplicaSet and its pods", async () => {
  const name = "equal";
  const before = await contested(name, await templateOf(name));
  const [pod] = await pods(`palisade.dev/workload=${name}`);
  const [replicaSet] = await lookAt(cluster, namespace).list("replicaset");
  expect((await condition(name))?.message).toContain(
    `kubectl label deployment ${name} -n ${namespace} ${ADOPT_LABEL}=${name}`,
  );
  await adopt("deployment", name);
  await until(async () => (await look(name))?.metadata.ownerReferences?.length === 1, "an owner");
  await until(async () => (await condition(name))?.reason !== "NameTaken", "the condition to go");
  const after = await look(name);
  expect(after?.metadata.uid).toBe(before.metadata.uid);
  expect(after?.metadata.labels).not.toHaveProperty([ADOPT_LABEL]);
  expect(after?.metadata.labels).toMatchObject({ "palisade.dev/workload": name });
  expect(after?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "SecureWorkload", name, controller: true });
  await pause(A_SECOND_MS);
  expect((await pods(`palisade.dev/workload=${name}`)).map(({ metadata }) => metadata.uid)).toEqual([
    pod?.metadata.uid,
  ]);
  const sets = await lookAt(cluster, namespace).list("replicaset", "-l", `palisade.dev/workload=${name}`);
  expect(sets.map(({ metadata }) => metadata.uid)).toEqual([replicaSet?.metadata.uid]);
  const told = await lookAt(cluster, namespace).corrections();
  expect(told.filter((note) => note.includes("Deployment/"))).toEqual([]);
});

test("without the label, or with another workload's, nothing of it is touched, whatever happens to it", async () => {
  const name = "kept";
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "c", image: "registry.example.com/c:1" }] },
  };
  await contested(name, { replicas: 0, selector: { matchLabels: { app: name } }, template }, false);
  await adopt("deployment", name, "other");
  await alice(["annotate", "deployment", name, "example.com/touched=1"]);
  await alice(["apply", "-f", "-"], aWorkload(name, namespace, { image: "registry.example.com/shop/web:2" }));
  const before = marks(await look(name));
  await pause(3 * A_SECOND_MS);
  await until(async () => (await condition(name))?.reason === "NameTaken", "NameTaken");
  expect(marks(await look(name))).toEqual(before);
  expect(before.owners).toBeUndefined();
});

test("with another selector it is made anew, and its ReplicaSet and pods go on as nobody's, as the message said", async () => {
  const name = "apart";
  const template = (await templateOf(name)) as { readonly template: { readonly spec: object } };
  const selector = { app: name };
  const before = await contested(name, {
    replicas: 1,
    selector: { matchLabels: selector },
    template: { metadata: { labels: selector }, spec: template.template.spec },
  });
  const [pod] = await pods(`app=${name}`);
  expect((await condition(name))?.message).toContain("its pods go on as nobody's, until you delete them");
  await adopt("deployment", name);
  await until(async () => {
    const live = await look(name);
    return live !== undefined && live.metadata.uid !== before.metadata.uid;
  }, "another Deployment");
  await until(async () => (await pods(`palisade.dev/workload=${name}`)).length === 1, "its own pod");
  expect((await pods(`app=${name}`)).map(({ metadata }) => metadata.uid)).toEqual([pod?.metadata.uid]);
  await until(
    async () =>
      (await lookAt(cluster, namespace).list("replicaset", "-l", `app=${name}`))[0]?.metadata.ownerReferences ===
      undefined,
    "the ReplicaSet to be nobody's",
  );
  expect((await look(name))?.metadata.labels).not.toHaveProperty([ADOPT_LABEL]);
});

test("a Service is taken over in place and keeps its address", async () => {
  const name = "front";
  await alice(["create", "service", "clusterip", name, "--tcp=80:8080"]);
  const before = await look(name, "service");
  await pause(A_SECOND_MS);
  await alice(["apply", "-f", "-"], aWorkload(name, namespace));
  await until(async () => (await condition(name))?.reason === "NameTaken", "NameTaken");
  await adopt("service", name);
  await until(async () => (await look(name)) !== undefined, "the Deployment");
  const after = await look(name, "service");
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(field(after, "spec.clusterIP")).toBe(field(before, "spec.clusterIP"));
  expect(field(after, "spec.selector")).toEqual({ "palisade.dev/workload": name });
  expect(after?.metadata.ownerReferences).toHaveLength(1);
});
