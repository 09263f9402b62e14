/** A change of the spec never takes a healthy version down, and the status says at each moment how far it is. */

import { beforeAll, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const GOOD = "registry.example.com/shop/web:1.4.2";
const BETTER = "registry.example.com/shop/web:2.0.0";
const UNPULLABLE = "registry.example.com/shop/web:3.0.0";
const UNCONFIGURED = "registry.example.com/shop/web:4.0.0";
const ENDS = "registry.example.com/shop/ends:1";
const BREAKS = "registry.example.com/shop/breaks:1";

const namespace = "rollout";

const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster } = palisade;
const { kubelet } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  kubelet.fates.set(UNPULLABLE, { reason: "ImagePullBackOff" });
  kubelet.fates.set(UNCONFIGURED, { reason: "CreateContainerConfigError", message: 'secret "web" not found' });
  kubelet.fates.set(ENDS, "succeeds");
  kubelet.fates.set(BREAKS, "fails");
});

const apply = (name: string, spec: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, spec), user: "alice" });

/** `Ready` of the current generation, as kstatus reads it: with `Reconciling` or `Stalled` beside it, or neither. */
async function stands(name: string): Promise<string> {
  const live = await look.get("sw", name);
  if (field(live, "status.observedGeneration") !== live?.metadata.generation) return "unseen";
  const [ready, reconciling, stalled] = await Promise.all(
    ["Ready", "Reconciling", "Stalled"].map((type) => look.condition(name, type)),
  );
  const beside = [reconciling?.status === "True" ? "reconciling" : "", stalled?.status === "True" ? "stalled" : ""];
  return [ready?.status, ready?.reason, ...beside].filter(Boolean).join(" ");
}

const becomes = async (name: string, what: string, withinMs = 60_000): Promise<void> => {
  let last = "";
  await until(
    async () => {
      last = await stands(name);
      return last === what;
    },
    `${name} to be ${what}`,
    withinMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: it is ${last}`);
  });
};

/** Without those that are ending, which count for nothing any more. */
const podsOf = async (name: string): Promise<readonly KubeObject[]> =>
  (await look.list("pod", "-l", `palisade.dev/workload=${name}`)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

const readyPods = async (name: string): Promise<readonly string[]> =>
  (await podsOf(name))
    .filter((pod) => conditionsOf(pod).some(({ type, status }) => type === "Ready" && status === "True"))
    .map(({ metadata }) => metadata.name)
    .sort();

const conditionsOf = (pod: KubeObject) =>
  (field(pod, "status.conditions") ?? []) as readonly { readonly type: string; readonly status: string }[];

const message = async (name: string): Promise<string> => (await look.condition(name, "Ready"))?.message ?? "";

test("a Deployment rolls out a good change, and keeps every healthy pod beside a bad one until the deadline and after", async () => {
  const rollout = { progressDeadlineSeconds: 60 };
  await apply("web", { replicas: 3, rollout });
  await becomes("web", "True Running");
  await apply("web", { replicas: 3, rollout, image: BETTER });
  await becomes("web", "True Running");
  const images = (await podsOf("web")).map((pod) => field(pod, "spec.containers.0.image"));
  expect(new Set(images)).toEqual(new Set([BETTER]));
  const before = await readyPods("web");
  expect(before).toHaveLength(3);

  await apply("web", { replicas: 3, rollout, image: UNPULLABLE });
  await until(async () => (await message("web")).includes("ImagePullBackOff"), "the reason to be told");
  expect(await stands("web")).toBe("False Progressing reconciling");
  expect(await readyPods("web")).toEqual(before);
  await becomes("web", "False RolloutStalled stalled", 120_000);
  expect(await message("web")).toContain(
    "Rollout exceeded its progress deadline (60s): container web: ImagePullBackOff",
  );
  expect(await readyPods("web")).toEqual(before);
  expect(field(await look.get("deployment", "web"), "status.availableReplicas")).toBe(3);

  await apply("web", { replicas: 3, rollout, image: GOOD });
  await becomes("web", "True Running");
}, 300_000);

test("a pod that cannot be configured says what it misses", async () => {
  await apply("lost", { image: UNCONFIGURED });
  await until(async () => (await message("lost")).includes("CreateContainerConfigError"), "the reason");
  expect(await message("lost")).toContain('(secret "web" not found)');
  expect(await stands("lost")).toBe("False Progressing reconciling");
});

test("a StatefulSet rolls pod by pod, and a bad change takes no more than one", async () => {
  await apply("db", { type: "StatefulSet", replicas: 3 });
  await becomes("db", "True Running");
  await apply("db", { type: "StatefulSet", replicas: 3, image: BETTER });
  await becomes("db", "True Running");
  await apply("db", { type: "StatefulSet", replicas: 3, image: UNPULLABLE });
  await until(async () => (await message("db")).includes("ImagePullBackOff"), "the reason");
  expect(await readyPods("db")).toEqual(["db-0", "db-1"]);
  expect(await stands("db")).toBe("False Progressing reconciling");
});

test("a DaemonSet is ready when every node has its pod", async () => {
  await apply("agent", { type: "DaemonSet" });
  await becomes("agent", "True Running");
  await apply("agent", { type: "DaemonSet", image: BETTER });
  await becomes("agent", "True Running");
});

test("a Job is under way, then completed or failed for good", async () => {
  await apply("long", { type: "Job" });
  await until(async () => (await readyPods("long")).length === 1, "its pod");
  await becomes("long", "False Progressing reconciling");
  await apply("done", { type: "Job", image: ENDS });
  await becomes("done", "True Completed");
  await apply("broken", { type: "Job", image: BREAKS, job: { retries: 0 } });
  await becomes("broken", "False RunFailed stalled");
  expect(await message("broken")).toContain("Job failed");
});

test("a CronJob is ready by the clock, and says when it is suspended", async () => {
  await apply("nightly", { type: "CronJob", schedule: { cron: "0 3 * * *" } });
  await becomes("nightly", "True Scheduled");
  await apply("nightly", { type: "CronJob", schedule: { cron: "0 3 * * *", suspended: true } });
  await becomes("nightly", "True Suspended");
});
