/** A namespace that is only observed: what stood there before stays, may be made again by its tool, and is reported. With admission policies in force. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ADOPT_LABEL } from "../../src/crds/group.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { addNode, until } from "../cluster/index.ts";
import { untilNextSecond } from "../cluster/pause.ts";
import { asAccount } from "../support/as-account.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { enforce, refusalOfAttempt } from "../support/enforce.ts";
import { field, type Look, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";
import { objectsOf } from "../support/yaml-files.ts";

jest.setTimeout(180_000);

const CASES = join(import.meta.dirname, "..", "cases", "observing");
const OLD = uniqueNamespace("old");
const NAMESAKE = uniqueNamespace("namesake");
const NIGHT = uniqueNamespace("night");
const BATCH = uniqueNamespace("batch");
const SECONDS = ["at once", "the Service first", "the workload first, before Palisade looks"].map(
  (order) => [order, uniqueNamespace("second")] as const,
);
const SHARED = [
  ["web", "api"],
  ["api", "web"],
].map((order) => [order, uniqueNamespace("shared")] as const);

const palisade = usePalisade({
  namespaces: [OLD, NAMESAKE, NIGHT, BATCH, ...[...SECONDS, ...SHARED].map(([, namespace]) => namespace)],
  baseline: {},
  kubelet: "all",
  admission: ADMISSION_POLICIES,
});
const { cluster, kubelet } = palisade;

/** The objects of a case, in a namespace of their own. */
const objectsOfCase = (name: string, namespace: string): readonly KubeObject[] =>
  objectsOf(readFileSync(join(CASES, `${name}.yaml`), "utf8").replaceAll("NAMESPACE", namespace));

type User = "alice" | "admin" | "platform";

const apply = async (objects: readonly object[], namespace: string, user: User = "admin"): Promise<void> => {
  for (const object of objects) await kubectl(cluster, ["apply", "-f", "-", "-n", namespace], { user, input: object });
};

const untilRuns = (look: Look, name: string): Promise<void> =>
  until(async () => Number(field(await look.get("deployment", name), "status.readyReplicas")) > 0, `${name} to run`);

interface Status {
  readonly wouldDo?: { readonly count: number; readonly first: readonly string[] };
}

const statusOf = async (look: Look, workload: string): Promise<Status> =>
  ((await look.get("sw", workload))?.["status"] ?? {}) as Status;

/** What identifies each object, and what it says. */
const standing = (look: Look, objects: readonly KubeObject[]): Promise<readonly unknown[]> =>
  Promise.all(
    objects.map(async ({ kind, metadata: { name } }) => {
      const live = await look.get(kind, name);
      return { kind, name, uid: live?.metadata.uid, labels: live?.metadata.labels };
    }),
  );

const stateOf = async (namespace: string): Promise<string | undefined> => {
  const live = JSON.parse(await kubectl(cluster, ["get", "namespace", namespace, "-o", "json"])) as KubeObject;
  return live.metadata.labels?.["palisade.dev/enrolment"];
};

interface HeldBack {
  readonly name: string;
  readonly heldBackBy: readonly string[];
  readonly leavesObserving?: string;
}

async function heldBack(namespace: string): Promise<HeldBack | undefined> {
  const baseline = JSON.parse(await kubectl(cluster, ["get", "securitybaseline", "cluster", "-o", "json"]));
  const listed = (baseline.status?.notSealed ?? []) as readonly HeldBack[];
  return listed.find(({ name }) => name === namespace);
}

const setBaseline = (spec: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], {
    user: "platform",
    input: { apiVersion: "palisade.dev/v1alpha1", kind: "SecurityBaseline", metadata: { name: "cluster" }, spec },
  });

beforeAll(async () => {
  // The keeper makes them too; this tells when the API server acts on them.
  await enforce(cluster, ADMISSION_POLICIES);
});

describe("policies, budgets, autoscalers, routes and bindings from before", () => {
  const look = lookAt(cluster, OLD);
  const objects = objectsOfCase("old-applications", OLD);

  beforeAll(async () => {
    await apply(objects, OLD);
    await untilNextSecond();
    await apply([aWorkload("web-next", OLD)], OLD, "alice");
    await untilRuns(look, "web-next");
  });

  test("stay, and are reported with what becomes of them", async () => {
    const before = await standing(look, objects);
    await until(async () => (await look.condition("web-next", "ForeignObjectsStay")) !== undefined, "the report");
    await settled(cluster);
    expect(await standing(look, objects)).toEqual(before);
    expect(await stateOf(OLD)).toBe("observing");
    const { wouldDo } = await statusOf(look, "web-next");
    expect(wouldDo?.first.map((line) => line.split(":")[0])).toEqual([
      "delete HorizontalPodAutoscaler/web-next",
      "delete Ingress/front",
      "delete NetworkPolicy/allow-inside",
      "delete PodDisruptionBudget/at-most-one",
      "delete RoleBinding/inside-may-look",
      "delete Service/front",
    ]);
    expect(await look.condition("web-next", "ForeignObjectsStay")).toMatchObject({
      status: "True",
      reason: "NamespaceIsObserving",
    });
    expect(await look.corrections()).toEqual([]);
  });

  test("may be applied again, and made anew, by the tool that made them", async () => {
    await apply(objects, OLD);
    for (const { kind, metadata } of objects) await kubectl(cluster, ["delete", kind, metadata.name, "-n", OLD]);
    await apply(objects, OLD);
    const anew = await standing(look, objects);
    await settled(cluster);
    expect(await standing(look, objects)).toEqual(anew);
    expect(await look.corrections()).toEqual([]);
  });

  test("an autoscaler that stays and the workload do not fight over the number of pods", async () => {
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web-next", namespace: OLD } };
    const path = `/apis/apps/v1/namespaces/${OLD}/deployments/web-next/scale`;
    const as = [...asAccount("kube-system", "horizontal-pod-autoscaler"), "--as-group=system:masters"];
    await kubectl(cluster, ["replace", "--raw", path, "-f", "-", ...as], {
      input: { ...scale, spec: { replicas: 3 } },
    });
    await settled(cluster);
    expect(field(await look.get("deployment", "web-next"), "spec.replicas")).toBe(3);
  });

  test("what is made to reach the workload by its own label is refused, and so are its imitators", async () => {
    const labels = { "palisade.dev/workload": "web-next" };
    const attempts = [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "spy" },
        spec: { selector: labels, ports: [{ port: 80 }] },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "spy" },
        spec: { podSelector: { matchLabels: labels }, ingress: [{}] },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "spy", labels },
        spec: { containers: [{ name: "c", image: "registry.example.com/c:1" }] },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "spy" },
        spec: { serviceAccountName: "web-next", containers: [{ name: "c", image: "registry.example.com/c:1" }] },
      },
    ];
    for (const input of attempts) {
      const refusal = await refusalOfAttempt(cluster, { user: "admin", args: ["create", "-f", "-", "-n", OLD], input });
      expect(refusal).toContain("ValidatingAdmissionPolicy");
    }
  });
});

describe("a namesake", () => {
  const look = lookAt(cluster, NAMESAKE);
  const objects = objectsOfCase("namesake", NAMESAKE);
  const image = "registry.example.com/new/web:1";
  const workload = aWorkload("web", NAMESAKE, { image, ports: [{ name: "http", port: 8080, servicePort: 80 }] });
  const adopt = (kind: string) => kubectl(cluster, ["label", kind, "web", "-n", NAMESAKE, `${ADOPT_LABEL}=web`]);

  beforeAll(async () => {
    await apply(objects, NAMESAKE);
    await until(
      async () => Number(field(await look.get("deployment", "web"), "status.readyReplicas")) === 2,
      "its pods",
    );
    await untilNextSecond();
    await apply([workload], NAMESAKE, "alice");
    await until(async () => (await look.condition("web", "Ready"))?.reason === "NameTaken", "NameTaken");
  });

  test("keeps everything that belongs to it, and the message names all of it", async () => {
    await settled(cluster);
    const message = (await look.condition("web", "Ready"))?.message ?? "";
    for (const name of ["Service/web", "Deployment/web", "ServiceAccount/web", "HorizontalPodAutoscaler/web"])
      expect(message).toContain(name);
    for (const name of ["Ingress/web", "PodDisruptionBudget/web-at-most-one", "NetworkPolicy/web-from-edge"])
      expect(message).toContain(name);
    expect((await standing(look, objects)).every((one) => (one as { uid?: string }).uid !== undefined)).toBe(true);
    expect(await look.children("web")).not.toContain("Deployment/web");
    expect(await look.corrections()).toEqual([]);
  });

  test("may change what it has: no policy takes it for the workload's", async () => {
    await kubectl(cluster, ["patch", "hpa", "web", "-n", NAMESAKE, "--type=merge", "-p", '{"spec":{"maxReplicas":8}}']);
    await kubectl(cluster, ["create", "token", "web", "-n", NAMESAKE]);
    await kubectl(cluster, ["set", "image", "deployment/web", "web=registry.example.com/old/web:2", "-n", NAMESAKE]);
    // Where a name is freed, the workload has its own: those that hold one stay.
    const beside = objects.filter(({ kind }) => !["Deployment", "Service", "ServiceAccount"].includes(kind));
    for (const { kind, metadata } of beside) await kubectl(cluster, ["delete", kind, metadata.name, "-n", NAMESAKE]);
    await apply(objects, NAMESAKE);
    await settled(cluster);
    expect(await look.corrections()).toEqual([]);
    expect(await look.condition("web", "Ready")).toMatchObject({ reason: "NameTaken" });
  });

  test("serves until the workload that takes it over does, and keeps what is not handed over", async () => {
    kubelet.fates.set(image, { reason: "ImagePullBackOff" });
    for (const kind of ["serviceaccount", "deployment", "service", "ingress"]) await adopt(kind);
    const labels = ["-l", "palisade.dev/workload=web"];
    await until(async () => (await look.list("pod", ...labels)).length > 0, "a pod of the workload");
    await settled(cluster);
    expect(field(await look.get("service", "web"), "spec.selector")).toEqual({ app: "web" });
    expect(await look.get("ingress", "web")).toBeDefined();
    expect((await look.list("pod", "-l", "app=web")).length).toBeGreaterThan(0);
    kubelet.fates.delete(image);
    await until(async () => field(await look.get("service", "web"), "spec.selector.app") === undefined, "the Service");
    expect((await look.list("pod", "-l", "app=web")).length).toBeGreaterThan(0);
    // The workload exposes nothing, so what was handed over goes; what was not stays.
    await until(async () => (await look.get("ingress", "web")) === undefined, "the Ingress to go");
    await settled(cluster);
    expect(await look.get("hpa", "web")).toBeDefined();
    expect(await look.get("pdb", "web-at-most-one")).toBeDefined();
    expect(await look.get("networkpolicy", "web-from-edge")).toBeDefined();
    expect(await look.get("rolebinding", "web-may-look")).toBeDefined();
  });
});

describe("a namespace whose applications have no pod at the moment", () => {
  const look = lookAt(cluster, NIGHT);

  beforeAll(async () => {
    kubelet.fates.set("registry.example.com/old/migrated:1", "succeeds");
    kubelet.fates.set("registry.example.com/old/backup:1", "succeeds");
    await apply(objectsOfCase("night", NIGHT), NIGHT);
    for (const job of ["migrated", "import-1"])
      await until(async () => field(await look.get("job", job), "status.succeeded") === 1, `${job} to end`);
    await apply([aWorkload("web", NIGHT)], NIGHT, "alice");
    await untilRuns(look, "web");
  });

  test("is observed, and they are named", async () => {
    await until(async () => (await heldBack(NIGHT)) !== undefined, "the status");
    expect(await heldBack(NIGHT)).toMatchObject({
      heldBackBy: ["CronJob/backup", "Deployment/office", "ScaledJob/import", "Job/migrated"],
    });
    expect(await stateOf(NIGHT)).toBe("observing");
  });

  test("runs the nightly job, and what is scaled up again", async () => {
    await kubectl(cluster, ["create", "job", "backup-now", "--from=cronjob/backup", "-n", NIGHT], { user: "alice" });
    await until(async () => field(await look.get("job", "backup-now"), "status.succeeded") === 1, "the backup");
    await kubectl(cluster, ["scale", "deployment", "office", "--replicas=1", "-n", NIGHT], { user: "alice" });
    await until(
      async () => Number(field(await look.get("deployment", "office"), "status.readyReplicas")) === 1,
      "the office",
    );
  });

  test("waits for a day without them, through a restart, and leaves at once when the platform team says so", async () => {
    await kubectl(cluster, ["delete", "cronjob,deployment", "backup", "office", "-n", NIGHT, "--ignore-not-found"]);
    const rest = ["ScaledJob/import", "Job/migrated"];
    await until(async () => (await heldBack(NIGHT))?.heldBackBy.join() === rest.join(), "what rests to be left");
    expect((await heldBack(NIGHT))?.leavesObserving).toBeUndefined();
    await kubectl(cluster, ["delete", "job", "import-1", "-n", NIGHT]);
    await until(async () => (await heldBack(NIGHT))?.leavesObserving !== undefined, "the day to begin", 60_000);
    const before = (await heldBack(NIGHT))?.leavesObserving ?? "";
    expect(Date.parse(before) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await palisade.restart();
    await settled(cluster);
    await until(async () => (await heldBack(NIGHT))?.heldBackBy.join() === "Job/migrated", "the status");
    expect(await heldBack(NIGHT)).toMatchObject({ leavesObserving: before });
    expect(await stateOf(NIGHT)).toBe("observing");
    await setBaseline({ leaveObservingAfterSeconds: 0 });
    await until(async () => (await stateOf(NIGHT)) === "guarding", "the namespace to be guarded");
    await setBaseline({ namespaces: [{ name: NIGHT, enrolment: "Observing" }] });
    await until(async () => (await stateOf(NIGHT)) === "observing", "the way back");
    await setBaseline({ namespaces: [{ name: NIGHT, enrolment: "Sealed" }] });
    await until(async () => (await stateOf(NIGHT)) === "sealed", "the namespace to be sealed");
    const again = objectsOfCase("night", NIGHT).find(({ metadata }) => metadata.name === "import-1");
    const args = ["create", "--dry-run=server", "-f", "-", "-n", NIGHT];
    const refusal = async () => (await refusalOfAttempt(cluster, { user: "platform", args, input: again ?? {} })) ?? "";
    await until(async () => (await refusal()).includes("ScaledJob/import makes this again and again"), "the refusal");
    await setBaseline({});
  });
});

test("pods of a batch system are bound by it, though their names begin as a workload's, and the workload's own are not", async () => {
  const look = lookAt(cluster, BATCH);
  await apply(objectsOfCase("batch-scheduler", BATCH), BATCH);
  await apply([aWorkload("web", BATCH)], BATCH, "alice");
  await untilRuns(look, "web");
  await addNode(cluster, "batch", { userNamespaces: true });
  const bind = (name: string) => {
    const target = { apiVersion: "v1", kind: "Node", name: "batch" };
    const input = { apiVersion: "v1", kind: "Binding", metadata: { name }, target };
    const args = ["create", "--raw", `/api/v1/namespaces/${BATCH}/pods/${name}/binding`, "-f", "-"];
    return refusalOfAttempt(cluster, { user: "admin", args, input });
  };
  for (const name of ["web-batch-0", "web-0", "web-db-x2v4b"])
    expect({ name, said: await bind(name) }).toEqual({ name });
  const [own] = await look.list("pod", "-l", "palisade.dev/workload=web");
  expect(await bind(own?.metadata.name ?? "")).toContain("palisade-pods");
});

test.each(SECONDS)(
  "an older Service is taken over by nobody, made in the same second or not: %s",
  async (order, namespace) => {
    const look = lookAt(cluster, namespace);
    const [service = {}, workload = {}] = objectsOfCase("same-second", namespace);
    if (order.startsWith("the workload first")) {
      await palisade.stop();
      await apply([workload], namespace);
      await untilNextSecond();
      await apply([service], namespace);
      await palisade.start();
    } else {
      await apply([service], namespace);
      if (order !== "at once") await untilNextSecond();
      await apply([workload], namespace);
    }
    await until(async () => (await look.condition("web", "Ready"))?.reason === "NameTaken", "NameTaken");
    await settled(cluster);
    expect(field(await look.get("service", "web"), "spec")).toMatchObject({
      type: "NodePort",
      selector: { app: "somebody-else" },
    });
  },
);

test.each(SHARED)("two workloads share a Secret as declared, made in the order %s", async (order, namespace) => {
  const objects = objectsOfCase("shared-secret", namespace);
  for (const name of order) {
    await apply(
      objects.filter(({ metadata }) => metadata.name === name),
      namespace,
    );
    await untilNextSecond();
  }
  for (const name of order) await untilRuns(lookAt(cluster, namespace), name);
});
