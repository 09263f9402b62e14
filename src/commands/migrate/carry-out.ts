/** Carries a plan out, a step at a time. What a workload takes over is kept in files before. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, type Clock, type KubeObject, type Resource, sleep, systemClock } from "kopf-ts";
import { stringify } from "yaml";
import { ADOPT_LABEL, SECURE_WORKLOAD } from "../../crds/group.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { selectorText } from "../../kubernetes/selectors.ts";
import { YAML_FORM } from "../../manifests/yaml-form.ts";
import type { MigrationPlan, Step } from "../../migration/plan.ts";
import { labelsOf } from "../../migration/running.ts";
import { messageOf } from "../answer.ts";
import { READABLE } from "../live.ts";
import { troubleOf } from "./ready.ts";

export interface Outcome {
  readonly done: readonly string[];
  readonly trouble?: { readonly workload: string; readonly message: string; readonly wayBack: readonly string[] };
}

export interface Means {
  readonly client: Client;
  /** Folder for what is taken over. */
  readonly keep: string;
  readonly waitMs: number;
  readonly tell?: ((line: string) => void) | undefined;
  readonly clock?: Clock;
}

type Equipped = Means & { readonly clock: Clock; readonly namespace: string };

export async function carryOut(plan: MigrationPlan, means: Means): Promise<Outcome> {
  const equipped = { ...means, clock: means.clock ?? systemClock, namespace: plan.namespace };
  for (const workload of plan.refreshes) await apply(workload, equipped);
  const done: string[] = [];
  for (const [index, step] of plan.steps.entries()) {
    means.tell?.(`${index + 1} of ${plan.steps.length}: ${step.workload}`);
    const message = await move(step, equipped).catch(messageOf);
    if (message !== undefined) {
      const wayBack = wayBackOf(step, equipped);
      return { done, trouble: { workload: step.workload, message, wayBack } };
    }
    done.push(step.workload);
  }
  return { done };
}

/** What went wrong; undefined when the workload is ready. */
async function move(step: Step, means: Equipped): Promise<string | undefined> {
  const { client, namespace, tell } = means;
  keepAll(step, means);
  if (step.endsFirst !== undefined) {
    tell?.(`  ${step.endsFirst.kind}/${step.endsFirst.name} ends first: both would write the same volume`);
    const message = await end(step, means);
    if (message !== undefined) return message;
  }
  for (const object of step.handsOver) {
    const patch = { metadata: { labels: { [ADOPT_LABEL]: step.workload } } };
    await client.patch(resourceOf(object), { namespace, name: object.metadata.name }, patch, { type: "merge" });
  }
  for (const workload of step.applies) await apply(workload, means);
  tell?.(`  waits until it is ready`);
  const message = await troubleOf({ namespace, name: step.workload }, means);
  if (message !== undefined) return message;
  for (const workload of step.settles) await apply(workload, means);
  return await troubleAmong(step.settles, means);
}

/** Whoever was written last counts as done when the operator has seen it. */
async function troubleAmong(settled: readonly KubeObject[], means: Equipped): Promise<string | undefined> {
  for (const { metadata } of settled) {
    const message = await troubleOf({ namespace: means.namespace, name: metadata.name }, means);
    if (message !== undefined) return `${metadata.name}: ${message}`;
  }
  return undefined;
}

const apply = (workload: KubeObject, { client }: Equipped): Promise<KubeObject> =>
  client.apply(SECURE_WORKLOAD, workload, { force: true });

/** Scales what runs to zero, and waits for its pods. */
async function end({ endsFirst, handsOver, workload }: Step, means: Equipped): Promise<string | undefined> {
  const { client, clock, namespace, waitMs } = means;
  const runner = handsOver.find(({ kind, metadata }) => kind === endsFirst?.kind && metadata.name === endsFirst?.name);
  const labels = runner === undefined ? undefined : labelsOf(runner);
  if (runner === undefined || labels === undefined)
    return `${endsFirst?.kind}/${endsFirst?.name} writes a volume of ${workload}: scale it to 0, wait for its pods to end, and begin again`;
  const { name } = runner.metadata;
  await client.patch(resourceOf(runner), { namespace, name }, { spec: { replicas: 0 } }, { type: "merge" });
  const labelSelector = selectorText(labels);
  const startMs = clock.monotonicMs();
  while ((await client.list(POD, { namespace, labelSelector })).items.length > 0) {
    if (clock.monotonicMs() - startMs >= waitMs) return `pods of ${runner.kind}/${name} do not end`;
    await sleep(clock, 1_000);
  }
  return undefined;
}

function resourceOf({ kind }: KubeObject): Resource {
  const resource = READABLE.find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(`${kind} is not among the kinds that are read`);
  return resource;
}

const folderOf = ({ workload }: Step, { keep }: Pick<Means, "keep">): string => join(keep, workload);

/** As it stands at the last try, since only what is not taken over yet is handed over. Environments may hold what is nobody else's to read. */
function keepAll(step: Step, means: Equipped): void {
  if (step.handsOver.length === 0) return;
  mkdirSync(folderOf(step, means), { recursive: true });
  for (const object of step.handsOver) {
    const path = join(folderOf(step, means), `${object.kind?.toLowerCase()}-${object.metadata.name}.yaml`);
    writeFileSync(path, stringify(asWritten(object), YAML_FORM), { mode: 0o600 });
  }
}

/** Without what the API server gives an object and without the label of an earlier try, so that it can be applied again. */
function asWritten({ metadata, status: _status, ...rest }: KubeObject): object {
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _created,
    managedFields: _managed,
    labels: { [ADOPT_LABEL]: _adopted, ...labels } = {},
    ...own
  } = metadata;
  const { clusterIP, clusterIPs: _ips, ...spec } = (rest["spec"] ?? {}) as Record<string, unknown>;
  const isHeadless = clusterIP === "None";
  return {
    ...rest,
    metadata: { ...own, labels },
    ...(rest["spec"] === undefined ? {} : { spec: isHeadless ? { ...spec, clusterIP } : spec }),
  };
}

function wayBackOf(step: Step, means: Equipped): readonly string[] {
  const remove = `kubectl delete secureworkload ${step.workload} -n ${means.namespace} --cascade=foreground`;
  return step.handsOver.length === 0
    ? [remove]
    : [remove, `kubectl apply -n ${means.namespace} -f ${folderOf(step, means)}`];
}
