/**
 * Where the workloads of a namespace name more than it can list, its lists stand for everything: nothing is open because a list is full. And nobody
 * takes the room that the lists need. No operator runs here.
 */
import { beforeAll, describe } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  CLAIMS_ANNOTATION,
  SECRET_WRITERS_ANNOTATION,
  SECRETS_LIST_ANNOTATION,
  SERVICES_ANNOTATION,
} from "../../src/crds/group.ts";
import { GUARDS } from "../../src/reconcilers/admission/policies.ts";
import { EVERYTHING } from "../../src/reconcilers/namespace/name-list.ts";
import { attempts, CREATE, patch } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce } from "../support/enforce.ts";
import { guardedNamespace } from "../support/guarded.ts";
import { aPod, stranger } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const FULL = "full";
/** Not enrolled. */
const PLAIN = "plain";
/** For what is in no namespace. */
const NOWHERE = "";

const { cluster } = useCluster();

const aClaim = (name: string): KubeObject =>
  stranger(
    "v1",
    "PersistentVolumeClaim",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    { name },
  );

const mounting = (claimName: string): object => ({
  volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
});

beforeAll(async () => {
  await guardedNamespace(cluster, FULL, "observing");
  await kubectl(cluster, ["create", "namespace", PLAIN]);
  const lists = [SECRETS_LIST_ANNOTATION, CLAIMS_ANNOTATION, SERVICES_ANNOTATION].map(
    (list) => `${list}=${EVERYTHING}`,
  );
  await kubectl(cluster, ["annotate", "namespace", FULL, "--overwrite", ...lists]);
  await kubectl(cluster, ["annotate", "namespace", FULL, "--overwrite", `${SECRET_WRITERS_ANNOTATION}=,user:bob,`]);
  await kubectl(cluster, ["create", "secret", "generic", "any", "-n", FULL], { user: "alice" });
  await kubectl(cluster, ["apply", "-n", FULL, "-f", "-"], { input: aClaim("any") });
  const roles = ["create", "clusterrole", "namespaces", "--verb=get,update,patch", "--resource=namespaces"];
  await kubectl(cluster, roles);
  await kubectl(cluster, ["create", "clusterrolebinding", "namespaces", "--clusterrole=namespaces", "--user=carol"]);
  await kubectl(cluster, ["annotate", "namespace", FULL, `example.com/before=${"x".repeat(60 * 1_024)}`]);
  await enforce(cluster, GUARDS);
}, 120_000);

const { refuses, allows } = attempts(() => cluster, FULL);

const note = (namespace: string, kibibytes: number, text = "x") => [
  "annotate",
  "namespace",
  namespace,
  "--overwrite",
  `example.com/note=${text.repeat((kibibytes * 1_024) / Buffer.byteLength(text))}`,
];

describe("a full list of Secrets keeps every Secret from whoever is no writer", () => {
  refuses("palisade-secrets", [
    { title: "from a change", args: patch("secret any", { stringData: { a: "b" } }), says: "secretWriters" },
    { title: "from deletion", args: ["delete", "secret", "any"], says: "secretWriters" },
    { title: "before it exists", args: ["create", "secret", "generic", "new"], says: "secretWriters" },
  ]);
  allows([{ title: "and not from a writer", user: "bob", args: patch("secret any", { stringData: { a: "b" } }) }]);
});

describe("a full list of claims keeps every claim", () => {
  refuses("palisade-claims", [
    { title: "from deletion", args: ["delete", "pvc", "any"] },
    { title: "from another owner", args: patch("pvc any", { metadata: { finalizers: null } }) },
    { title: "from being prepared", args: CREATE, input: aClaim("next") },
  ]);
  refuses("palisade-mounts", [
    { title: "from a pod of others", args: CREATE, input: aPod({}, mounting("any")) },
    {
      title: "from a workload that names it anew",
      args: CREATE,
      input: aWorkload("thief", FULL, { claims: [{ name: "loot", path: "/var/loot", existing: "any" }] }),
    },
  ]);
  allows([
    {
      title: "and not from the platform team",
      user: "admin",
      args: ["delete", "pvc", "any", "--wait=false", "--dry-run=server"],
    },
  ]);
});

describe("a full list of names keeps every Service", () => {
  const slice = (labels: Readonly<Record<string, string>>): KubeObject =>
    stranger(
      "discovery.k8s.io/v1",
      "EndpointSlice",
      { addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.1"] }] },
      { name: "hand-made", labels },
    );
  refuses("palisade-endpoints", [
    {
      title: "from endpoints of others",
      user: "admin",
      args: CREATE,
      input: slice({ "kubernetes.io/service-name": "anything" }),
      says: "the control plane",
    },
  ]);
});

describe("nobody takes the room that the lists need", () => {
  refuses("palisade-namespaces", [
    { title: "with one annotation", user: "carol", namespace: NOWHERE, args: note(FULL, 5), says: "64 KiB" },
    {
      title: "with few characters of many bytes",
      user: "carol",
      namespace: NOWHERE,
      args: note(FULL, 6, "\u{1f512}"),
      says: "64 KiB",
    },
  ]);
  allows([
    { title: "up to there it is free", user: "carol", namespace: NOWHERE, args: note(FULL, 3) },
    { title: "and everywhere else", user: "carol", namespace: NOWHERE, args: note(PLAIN, 100) },
    { title: "and to the platform team", user: "admin", namespace: NOWHERE, args: note(FULL, 5) },
    { title: "what is there may be less", user: "carol", namespace: NOWHERE, args: note(FULL, 4) },
    { title: "or go", user: "carol", namespace: NOWHERE, args: ["annotate", "namespace", FULL, "example.com/before-"] },
  ]);
});
