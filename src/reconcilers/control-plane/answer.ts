/** What the probe says so far. Pure. */
import { type Part, userNamedIn } from "../../admission/control-plane.ts";
import type { ControlPlaneFinding } from "../../state/control-plane.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ProbeReplicaSet {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface ProbePod {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export type Answer = ControlPlaneFinding | { readonly kind: "pending"; readonly why: string };

/** A pod that stands was created by somebody who is trusted: anybody else is refused. */
export function readAnswer(
  { status }: ProbeReplicaSet,
  [pod]: readonly ProbePod[],
  trusted: readonly string[],
): Answer {
  if (pod !== undefined) return readPod(pod, trusted);
  const refused = status?.conditions?.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  const { message = "" } = refused ?? {};
  const creator = userNamedIn(message, "creates");
  // The API server takes up a changed policy a moment after it was written, and the controller tries again.
  if (creator !== undefined && trusted.includes(creator))
    return { kind: "pending", why: `the API server does not act on the changed policies yet, and refuses ${creator}` };
  if (creator !== undefined) return unknown(creator, "creates");
  return refused === undefined
    ? { kind: "pending", why: "no controller created a pod for its ReplicaSet; kube-controller-manager may be down" }
    : { kind: "silent", why: `the API server refused its pod: ${message.slice(0, 1_024)}` };
}

function readPod({ spec, status }: ProbePod, trusted: readonly string[]): Answer {
  if (spec?.nodeName !== undefined)
    return { kind: "silent", why: "its pod was given a node, which its policy forbids" };
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  const scheduler = userNamedIn(scheduled?.message ?? "", "schedules");
  if (scheduler !== undefined)
    return trusted.includes(scheduler) ? { kind: "known", scheduler } : unknown(scheduler, "schedules");
  return scheduled?.reason === "Unschedulable"
    ? {
        kind: "silent",
        why: `no node takes its pod (${scheduled.message?.slice(0, 512) ?? "the scheduler does not say why"})`,
      }
    : { kind: "pending", why: "no scheduler answered for its pod; kube-scheduler may be down" };
}

const unknown = (user: string, does: Part): ControlPlaneFinding => ({ kind: "unknown", users: [{ user, does }] });
