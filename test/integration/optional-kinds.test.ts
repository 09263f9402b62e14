/** Kinds that come and go while the operator runs: the monitoring stack's, KEDA's, the Vertical Pod Autoscaler's. */
import { describe, expect, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { installKind, removeKind } from "../support/foreign-kinds.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = "kinds";

/** A kind is found by what the API server announces, not by asking for it now and then. */
const SOON_MS = 5_000;

const palisade = usePalisade({
  namespaces: [namespace],
  baseline: {
    callers: { monitoring: { namespace: "monitoring", podLabels: [{ key: "app", value: "prometheus" }] } },
  },
});
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

async function created(name: string, spec: object): Promise<void> {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, spec), user: "alice" });
  await until(async () => (await look.get("deployment", name)) !== undefined, `the Deployment ${name}`);
}

const create = (input: object): Promise<string> => kubectl(cluster, ["create", "-f", "-"], { input });

const patch = (kind: string, name: string, body: object): Promise<string> =>
  kubectl(cluster, ["patch", kind, name, "-n", namespace, "--type=merge", "-p", JSON.stringify(body)], {
    user: "platform",
  });

const limited = async (name: string): Promise<string | undefined> => (await look.condition(name, "Limited"))?.reason;

async function expectQuiet(): Promise<void> {
  await settled(cluster);
  const before = operatorWrites(cluster).length;
  await settled(cluster);
  expect(operatorWrites(cluster).slice(before)).toEqual([]);
}

describe("monitoring", () => {
  test("is said to be missing where its kinds are, and the workload runs all the same", async () => {
    await created("web", { replicas: 0, monitoring: { port: 8080 } });
    await created("batch", { replicas: 0, ports: [], monitoring: { port: 9_090 } });
    await until(async () => (await limited("web")) === "MonitoringUnavailable", "the condition");
    expect((await look.condition("web", "Ready"))?.status).toBe("True");
    expect((await look.condition("web", "Limited"))?.message).toContain("monitoring.coreos.com/v1");
  });

  test("appears soon after its kinds are installed, one after the other", async () => {
    await installKind(cluster, "servicemonitors");
    await until(async () => (await look.get("servicemonitor", "web")) !== undefined, "the ServiceMonitor", SOON_MS);
    await installKind(cluster, "podmonitors");
    await until(async () => (await look.get("podmonitor", "batch")) !== undefined, "the PodMonitor", SOON_MS);
    await until(async () => (await limited("web")) === undefined, "the condition to go");
    expect(await look.children("web")).toContain("ServiceMonitor/web");
    await until(
      async () => (await look.children("batch")).includes("PodMonitor/batch"),
      "the PodMonitor in the status",
    );
    expect(await look.get("podmonitor", "web")).toBeUndefined();
    expect(await look.corrections()).toEqual([]);
    await expectQuiet();
  });

  test.each([
    { what: "a file of the scraper's to send along", endpoint: { bearerTokenFile: "/var/run/secrets/token" } },
    { what: "redirects to follow", endpoint: { followRedirects: true } },
    { what: "labels that stand in for others'", endpoint: { honorLabels: true } },
  ])("is rid of $what", async ({ endpoint }) => {
    const before = (await look.get("servicemonitor", "web"))?.["spec"];
    const told = (await look.corrections()).length;
    await patch("servicemonitor", "web", { spec: { endpoints: [{ port: "http", ...endpoint }] } });
    await until(async () => (await look.corrections()).length > told, "the Event");
    expect((await look.corrections()).join()).toContain(`endpoints[0].${Object.keys(endpoint).join()}`);
    expect((await look.get("servicemonitor", "web"))?.["spec"]).toEqual(before);
  });

  test("is pruned with its declaration", async () => {
    await created("web", { replicas: 0 });
    await until(async () => (await look.get("servicemonitor", "web")) === undefined, "the ServiceMonitor to go");
    await created("web", { replicas: 0, monitoring: { port: 8080 } });
    await until(async () => (await look.get("servicemonitor", "web")) !== undefined, "the ServiceMonitor");
  });

  test("goes from view with its kind, which is nobody's attack, and comes back with it", async () => {
    const told = await look.corrections();
    await removeKind(cluster, "servicemonitors");
    await until(async () => (await limited("web")) === "MonitoringUnavailable", "the condition", SOON_MS);
    expect(await look.children("web")).not.toContain("ServiceMonitor/web");
    expect((await look.condition("web", "Ready"))?.status).toBe("True");
    expect((await look.condition("web", "DriftFree"))?.status).toBe("True");
    await installKind(cluster, "servicemonitors");
    // The group stays with its other kind, so nothing announces this one.
    await until(async () => (await look.get("servicemonitor", "web")) !== undefined, "the ServiceMonitor", 45_000);
    expect(await look.corrections()).toEqual(told);
  });
});

describe("KEDA", () => {
  const schedule = [{ start: "0 8 * * 1-5", end: "0 18 * * 1-5", timeZone: "Europe/Berlin", replicas: 4 }];
  const autoscaling = { minReplicas: 0, maxReplicas: 6, cpu: { averageUtilization: 70 }, schedule };
  const theirs = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject" };

  test("is said to be missing where a schedule needs it, and what works without it does", async () => {
    await created("night", { autoscaling });
    await until(async () => (await look.get("hpa", "night")) !== undefined, "the autoscaler");
    expect(field(await look.get("hpa", "night"), "spec.minReplicas")).toBe(1);
    await until(async () => (await limited("night")) === "AutoscalerUnavailable", "the condition");
    expect((await look.condition("night", "Limited"))?.message).toContain("autoscaling.schedule has no effect");
  });

  test("takes over soon after it is installed", async () => {
    await installKind(cluster, "scaledobjects");
    await until(async () => (await look.get("scaledobject", "night")) !== undefined, "the ScaledObject", SOON_MS);
    await until(async () => (await look.get("hpa", "night")) === undefined, "the other autoscaler to go", SOON_MS);
    await until(async () => (await limited("night")) === undefined, "the condition to go");
    expect(await look.children("night")).toContain("ScaledObject/night");
  });

  test("may mark its object, make an autoscaler of it, and scale within the bounds, to nothing even", async () => {
    const uid = (await look.get("scaledobject", "night"))?.metadata.uid;
    await patch("scaledobject", "night", {
      metadata: { finalizers: ["finalizer.keda.sh"], labels: { "scaledobject.keda.sh/name": "night" } },
    });
    const labels = { "palisade.dev/workload": "night", "app.kubernetes.io/managed-by": "keda-operator" };
    const owner = { ...theirs, name: "night", uid, controller: true };
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: "night" };
    const autoscaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    const spec = { scaleTargetRef: target, minReplicas: 1, maxReplicas: 6 };
    await create({
      ...autoscaler,
      metadata: { name: "palisade-night", namespace, labels, ownerReferences: [owner] },
      spec,
    });
    await create({ ...autoscaler, metadata: { name: "copy", namespace, labels, ownerReferences: [owner] }, spec });
    await until(async () => (await look.get("hpa", "copy")) === undefined, "the copy under another name to go");
    await kubectl(cluster, ["scale", "deployment/night", "--replicas=0", "-n", namespace]);
    await expectQuiet();
    expect(await look.get("hpa", "palisade-night")).toBeDefined();
    expect(field(await look.get("deployment", "night"), "spec.replicas")).toBe(0);
  });

  test("keeps its marks through a repair, case 28", async () => {
    await patch("scaledobject", "night", { spec: { maxReplicaCount: 1_000 } });
    await until(
      async () =>
        (await look.corrections()).some((note) => /ScaledObject.night: spec.maxReplicaCount .drift case 28/.test(note)),
      "the Event",
    );
    const { finalizers, labels } = (await look.get("scaledobject", "night"))?.metadata ?? {};
    expect(finalizers).toEqual(["finalizer.keda.sh"]);
    expect(labels).toHaveProperty(["scaledobject.keda.sh/name"], "night");
    expect(field(await look.get("scaledobject", "night"), "spec.maxReplicaCount")).toBe(6);
  });

  test("is found again without a write when the operator starts anew", async () => {
    await palisade.stop();
    const before = operatorWrites(cluster).length;
    await palisade.start();
    await settled(cluster);
    expect(operatorWrites(cluster).slice(before)).toEqual([]);
  });

  test("scales nothing of ours by an object of somebody else's, case 28", async () => {
    const spec = {
      scaleTargetRef: { name: "night" },
      triggers: [{ type: "external", metadata: { scalerAddress: "x:1" } }],
    };
    await create({ ...theirs, metadata: { name: "mine", namespace }, spec });
    await until(async () => (await look.get("scaledobject", "mine")) === undefined, "it to be gone");
    await until(
      async () => (await look.corrections()).some((note) => note.startsWith("Deleted ScaledObject/mine")),
      "the Event",
    );
  });

  test("hands back to the built-in autoscaler when it goes", async () => {
    await patch("scaledobject", "night", { metadata: { finalizers: null } });
    await kubectl(cluster, ["delete", "hpa", "palisade-night", "-n", namespace]);
    await removeKind(cluster, "scaledobjects");
    await until(async () => (await look.get("hpa", "night")) !== undefined, "the built-in autoscaler", SOON_MS);
    await until(async () => field(await look.get("deployment", "night"), "spec.replicas") === 1, "a pod");
    expect((await look.condition("night", "DriftFree"))?.status).toBe("True");
  });
});

test("a VerticalPodAutoscaler that resizes our pods is deleted, one that gives advice stays, case 28", async () => {
  await installKind(cluster, "verticalpodautoscalers");
  const vpa = (name: string, kind: string, updateMode: string): object => ({
    apiVersion: "autoscaling.k8s.io/v1",
    kind: "VerticalPodAutoscaler",
    metadata: { name, namespace },
    spec: {
      targetRef: { apiVersion: kind === "Deployment" ? "apps/v1" : "palisade.dev/v1alpha1", kind, name: "web" },
      updatePolicy: { updateMode },
    },
  });
  await create(vpa("advice", "Deployment", "Off"));
  await create(vpa("shrink", "Deployment", "Auto"));
  await create(vpa("shrink-top", "SecureWorkload", "Auto"));
  for (const name of ["shrink", "shrink-top"]) {
    await until(async () => (await look.get("vpa", name)) === undefined, `${name} to be gone`, SOON_MS);
    await until(
      async () => (await look.corrections()).some((note) => note.startsWith(`Deleted VerticalPodAutoscaler/${name}:`)),
      "the Event",
    );
  }
  expect(await look.get("vpa", "advice")).toBeDefined();
});
