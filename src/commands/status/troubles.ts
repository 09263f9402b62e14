/** Conditions that are not as they should be, each with what it means and what to type. Pure. */
import type { KubeObject } from "kopf-ts";
import { CONDITION_TYPES, REASONS, type Reason } from "../../crds/v1alpha1/conditions.ts";
import { WORKLOAD_HEALTH } from "../../crds/v1alpha1/reason-health.ts";
import type { Condition } from "../../crds/v1alpha1/secure-workload.ts";
import type { Page, Trouble } from "./model.ts";
import { conditionOf, statusOf } from "./reading.ts";

/** Those that hold while all is well; every other one is there only while something is the matter. */
const WANTED: ReadonlySet<string> = new Set(["Ready", "DriftFree", "AccessAgreed", "RightsMatch"]);
/** The first two repeat what Ready says; exceptions have a part of the page. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["Reconciling", "Stalled", "Relaxed"]);

/** As a reason. */
export const NOT_SEEN = "NotSeen";

const UNSEEN = {
  reason: NOT_SEEN,
  message:
    "Palisade has not reported on this spec yet: look again in a moment. If it stays so, ask the platform team whether the operator runs (palisade check)",
};

/** Ready, as far as the operator has said so. */
export function readinessOf(workload: KubeObject): Page["ready"] {
  const { status, reason, message } = conditionOf(workload, "Ready") ?? { status: "Unknown", ...UNSEEN };
  return { status, reason, message };
}

export const isSeen = (workload: KubeObject): boolean =>
  (statusOf(workload).observedGeneration ?? -1) >= (workload.metadata.generation ?? 0);

/** Ready first; a spec that the operator has not seen counts as trouble with it. */
export function troublesOf(workload: KubeObject): readonly Trouble[] {
  const { conditions = [] } = statusOf(workload);
  const found = conditions.filter(isTrouble).map((condition) => troubleOf(condition, workload));
  const first = found.filter(({ condition }) => condition === "Ready");
  return [...notSeen(workload), ...first, ...found.filter((one) => !first.includes(one))];
}

const isTrouble = ({ type, status }: Condition): boolean => {
  if (SAID_ELSEWHERE.has(type)) return false;
  return WANTED.has(type) ? status !== "True" : status !== "False";
};

function notSeen(workload: KubeObject): readonly Trouble[] {
  if (isSeen(workload) && conditionOf(workload, "Ready") !== undefined) return [];
  return [{ condition: "Ready", status: "Unknown", ...UNSEEN, next: describeCommand(workload) }];
}

function troubleOf({ type, status, reason, message }: Condition, workload: KubeObject): Trouble {
  const meaning = isReason(reason) ? REASONS[reason] : undefined;
  const isKnown = meaning !== undefined || Object.hasOwn(CONDITION_TYPES, type);
  const runbook = runbookOf(type, reason);
  return {
    condition: type,
    status,
    reason,
    message,
    ...(meaning === undefined ? {} : { meaning }),
    next: isKnown ? `palisade explain ${meaning === undefined ? type : reason}` : describeCommand(workload),
    ...(runbook === undefined ? {} : { runbook: `docs/runbooks/${runbook}.md` }),
  };
}

const isReason = (reason: string): reason is Reason => Object.hasOwn(REASONS, reason);

export const describeCommand = ({ metadata: { name, namespace } }: KubeObject): string =>
  `kubectl describe secureworkload ${name} -n ${namespace}`;

/** Reasons that only the platform team can settle: those of the alert PalisadeWorkloadsHeldUp. */
export const HELD_UP: readonly Reason[] = [
  "WriteRefused",
  "WriteChanged",
  "PodsRefused",
  "ClaimsGrowing",
  "ClusterDNSUnknown",
  "KubernetesAPIUnknown",
  "ImageUnreachable",
  "ExposureUnavailable",
  "GatewayUnknown",
  "MonitoringUnknown",
  "HostNamesUnenforceable",
  "SecretVersionsForbidden",
  "NamespaceNotSecured",
];

/** By condition. */
export const RUNBOOKS: Readonly<Record<string, string>> = {
  DriftContested: "PalisadeDriftContested",
  CorrectionsPaused: "PalisadeCorrectionsPaused",
  RightsMatch: "PalisadeSurplusRights",
  ExceptionExpiring: "PalisadeExceptionEndsSoon",
};

function runbookOf(type: string, reason: string): string | undefined {
  if (reason === "ControlPlaneUnknown") return "PalisadeControlPlaneUnknown";
  if (isReason(reason) && HELD_UP.includes(reason)) return "PalisadeWorkloadsHeldUp";
  if (type === "Ready")
    return isReason(reason) && WORKLOAD_HEALTH[reason] === "Degraded" ? "PalisadeStalled" : undefined;
  return RUNBOOKS[type];
}
