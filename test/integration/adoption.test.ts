/** An object that stood before its workload: left alone, until its label says that the workload may take it over. */

import { expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ADOPT_LABEL } from "../../src/crds/group.ts";
import { until } from "../cluster/index.ts";
import { untilNextSecond } from "../cluster/pause.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

/** The garbage collector learns of a new kind every 30 s. */
const GARBAGE_MS = 90_000;

jest.setTimeout(240_000);

const namespace = uniqueNamespace("adoption");
const look = (name: string, kind = "deployment"): Promise<KubeObject | undefined> =>
  lookAt(cluster, namespace).get(kind, name);
const condition = (name: string) => lookAt(cluster, namespace).condition(name, "Ready");
const pods = (selector: string): Promise<readonly KubeObject[]> =>
  lookAt(cluster, namespace).list("pod", "-l", selector);

const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster, kubelet } = palisade;

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
  await untilNextSecond();
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
  await untilNextSecond();
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
  await settled(cluster);
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
  expect((await condition(name))?.message).toContain("its pods keep running without an owner until you delete them");
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

test("a Service is taken over in place when the workload serves, and keeps its address", async () => {
  const name = "front";
  await alice(["create", "service", "clusterip", name, "--tcp=80:8080"]);
  const before = await look(name, "service");
  await untilNextSecond();
  const image = `registry.example.com/shop/${name}:1`;
  kubelet.fates.set(image, { reason: "ImagePullBackOff" });
  await alice(["apply", "-f", "-"], aWorkload(name, namespace, { image }));
  await until(async () => (await condition(name))?.reason === "NameTaken", "NameTaken");
  await adopt("service", name);
  await until(async () => (await pods(`palisade.dev/workload=${name}`)).length === 1, "its pod");
  await settled(cluster);
  expect(marks(await look(name, "service"))).toMatchObject({ spec: before?.["spec"], owners: undefined });
  kubelet.fates.delete(image);
  await until(
    async () => (await look(name, "service"))?.metadata.ownerReferences?.length === 1,
    "the Service to be taken over",
  );
  const after = await look(name, "service");
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(field(after, "spec.clusterIP")).toBe(field(before, "spec.clusterIP"));
  expect(field(after, "spec.selector")).toEqual({ "palisade.dev/workload": name });
});

test("beside a namesake, the autoscaler, routes, Services, budgets, policies and bindings of its team are left alone", async () => {
  const name = "namesake";
  const labels = { app: name };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  const service = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] };
  const backend = { service: { name, port: { number: 80 } } };
  const container = { name: "c", image: "registry.example.com/c:1" };
  const beside = (apiVersion: string, kind: string, body: object, called = name) => ({
    apiVersion,
    kind,
    metadata: { name: called, namespace },
    ...body,
  });
  const objects = [
    account,
    foreign(name, {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    }),
    beside("v1", "Service", { spec: service }),
    beside(
      "v1",
      "Service",
      { spec: { type: "ExternalName", externalName: `${name}.${namespace}.svc` } },
      `${name}-alias`,
    ),
    beside("autoscaling/v2", "HorizontalPodAutoscaler", {
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, maxReplicas: 6 },
    }),
    beside("networking.k8s.io/v1", "Ingress", { spec: { defaultBackend: backend } }),
    beside("policy/v1", "PodDisruptionBudget", { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } }),
    beside("rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    }),
  ];
  for (const object of objects) await kubectl(cluster, ["create", "-f", "-", "-n", namespace], { input: object });
  const uids = (): Promise<readonly (string | undefined)[]> =>
    Promise.all(objects.map(async ({ kind, metadata }) => (await look(metadata.name, kind))?.metadata.uid));
  const before = await uids();
  expect(before).not.toContain(undefined);
  await untilNextSecond();
  await alice(["apply", "-f", "-"], aWorkload(name, namespace));
  await until(async () => (await condition(name))?.reason === "NameTaken", "NameTaken");
  await settled(cluster);
  expect(await uids()).toEqual(before);
  const told = await lookAt(cluster, namespace).corrections();
  expect(told.filter((note) => note.includes(name))).toEqual([]);
});
