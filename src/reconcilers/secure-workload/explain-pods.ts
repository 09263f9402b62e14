/**
 * Asks the API server by a dry run what it adds to the pods of a template, once a template, and only where a pod differs from its own. A dry run
 * stores nothing, and admission lets the operator create pods in no other way. One that fails explains nothing and ends no pod.
 */
import { ApiError, apiVersionOf, type Client, type KubeObject, nameOf, type Resource } from "kopf-ts";
import { type PodOrigin, podOriginOf } from "../../foreign/pod-origin.ts";
import { ownPodEntries } from "../../foreign/pod-owner.ts";
import { CONTROLLER_REVISION, JOB, POD, REPLICA_SET } from "../../kubernetes/kinds.ts";
import type { Owner } from "../../kubernetes/metadata.ts";
import { type Addition, additionsOf } from "../../plan/additions.ts";
import { checkPod, type PodSpec } from "../../policies/index.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { withOwnClaims, withoutOwnClaims } from "../../state/records/own-claims.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import type { Explanation } from "../../state/records/pod-explanation.ts";
import { podParts } from "../../state/records/pod-fields.ts";
import { type Template, type TemplateRecord, templateIn } from "../../state/records/template.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";

/** A pod of the workload's own that differs from its template for a reason that is admission's, or could be. */
export interface MutatedPod {
  readonly key: string;
  readonly pod: PodRecord;
  readonly origin: Exclude<PodOrigin, { readonly type: "template" | "foreign" }>;
}

export function mutatedPods(workload: WorkloadRecord, state: ClusterState): readonly MutatedPod[] {
  return ownPodEntries(workload, state).flatMap(({ key, pod, templates }) => {
    if (pod.deleting) return [];
    const origin = podOriginOf(pod, templates, workload, state);
    return origin.type === "template" || origin.type === "foreign" ? [] : [{ key, pod, origin }];
  });
}

/** Learns what is due. Resolves with the milliseconds until something is due again; undefined where nothing is. */
export async function explainPods(
  workload: WorkloadRecord,
  { state, client }: Pick<Deps, "state" | "client">,
  signal: AbortSignal,
): Promise<number | undefined> {
  const before = mutatedPods(workload, state);
  if (before.length === 0 || !state.podGuard.appliesTo(workload.ref.namespace)) return undefined;
  const due = templatesToAsk(before, workload, state).filter(({ inMs }) => inMs === 0);
  await Promise.all(
    due.map(async ({ template, mutated }) => {
      const answer = await ask({ workload, template, mutated }, client, signal);
      state.podExplanations.learn(workload, template, answer);
    }),
  );
  const now = due.length === 0 ? before : mutatedPods(workload, state);
  // What admission added once stays explained when it adds something else tomorrow.
  for (const { pod, origin } of now)
    if (origin.type === "admission") state.podExplanations.believe(workload, origin.template, pod.parts);
  const waits = templatesToAsk(now, workload, state).map(({ inMs }) => inMs);
  return waits.length === 0 ? undefined : Math.max(1_000, Math.min(...waits));
}

interface Due {
  readonly template: TemplateRecord;
  readonly mutated: MutatedPod;
  readonly inMs: number;
}

/** Each template with a pod that differs from it, and when the API server is to be asked. */
function templatesToAsk(pods: readonly MutatedPod[], workload: WorkloadRecord, state: ClusterState): readonly Due[] {
  const byTemplate = new Map(pods.map((mutated) => [mutated.origin.template, mutated]));
  return [...byTemplate].flatMap(([template, mutated]) => {
    const isOpen = pods.some(({ origin }) => origin.template === template && origin.type === "open");
    const inMs = state.podExplanations.dueInMs(workload, template, isOpen);
    return inMs === undefined ? [] : [{ template, mutated, inMs }];
  });
}

interface Question {
  readonly workload: WorkloadRecord;
  readonly template: TemplateRecord;
  readonly mutated: MutatedPod;
}

type Answer = Pick<Explanation, "parts" | "additions" | "breaks" | "failure">;

/** What the API server refuses to answer is an answer of its own: no correction waits for it. */
async function ask(question: Question, client: Client, signal: AbortSignal): Promise<Answer> {
  const orFailed = (error: unknown, additions: readonly Addition[]): Answer => {
    if (!(error instanceof ApiError) || signal.aborted) throw error;
    return failed(additions, error.message);
  };
  const { workload, template, mutated } = question;
  const { namespace } = workload.ref;
  try {
    const holder = await client.get(resourceOf(template), { namespace, name: template.name }, { signal });
    const declared = holder === undefined ? undefined : templateIn(holder);
    if (declared === undefined) return failed([], `${template.kind}/${template.name} is gone`);
    try {
      return await tryOut(declared, question, client, signal);
    } catch (error) {
      return orFailed(error, await additionsOfLive(declared, mutated, client, signal));
    }
  } catch (error) {
    return orFailed(error, []);
  }
}

async function tryOut(
  declared: Template,
  { workload, template, mutated }: Question,
  client: Client,
  signal: AbortSignal,
): Promise<Answer> {
  const shown = await client.create(POD, podOf(declared, mutated, workload.ref.namespace), { dryRun: true, signal });
  const spec = withoutOwnClaims(shown["spec"] as PodSpec, DRY_RUN);
  return {
    parts: podParts(spec, { identity: template.identity }),
    additions: additionsOf(declared.spec, spec),
    breaks: [...new Set(checkPod(spec).map(({ policy }) => policy))],
    failure: undefined,
  };
}

const failed = (additions: readonly Addition[], failure: string): Answer => ({
  parts: undefined,
  additions,
  breaks: [],
  failure: failure.slice(0, 300),
});

/** What the API server does not say by a dry run, a pod that lives shows. */
async function additionsOfLive(
  declared: Template,
  { key }: MutatedPod,
  client: Client,
  signal: AbortSignal,
): Promise<readonly Addition[]> {
  const live = await client.get(POD, nameOf(key), { signal });
  return live === undefined ? [] : additionsOf(declared.spec, withoutOwnClaims(live["spec"], live.metadata.name));
}

const SOURCES: readonly Resource[] = [REPLICA_SET, CONTROLLER_REVISION, JOB];

function resourceOf({ kind }: TemplateRecord): Resource {
  const found = SOURCES.find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`no pods are made from a ${kind}`);
  return found;
}

/** What no pod is called. */
const DRY_RUN = "palisade-dry-run";

/** As its controller creates one. Webhooks read the owner and the labels. */
function podOf({ metadata, spec }: Template, { pod }: MutatedPod, namespace: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: POD.kind,
    metadata: {
      generateName: `${DRY_RUN}-`,
      namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations },
      ...(pod.owner === undefined ? {} : { ownerReferences: [referenceTo(pod.owner)] }),
    },
    spec: withOwnClaims(spec, DRY_RUN),
  } as unknown as KubeObject;
}

function referenceTo({ kind, name, uid }: Owner) {
  const group = kind === JOB.kind ? JOB : REPLICA_SET;
  return { apiVersion: apiVersionOf(group), kind, name, uid, controller: true };
}
