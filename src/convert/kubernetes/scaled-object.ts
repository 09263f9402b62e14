/** A ScaledObject of KEDA becomes the workload's own autoscaling: schedules, and shares of what is requested. Every other trigger names an address, and is told. */
import { autoscaling as schema } from "../../crds/v1alpha1/autoscaling.ts";
import { type Draft, defined, evidenceOf, set } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { takes } from "../takes.ts";
import { isBeside, type World } from "../world.ts";
import { claimReplaced } from "./services.ts";

type Fields = Record<string, unknown>;

/** What KEDA takes where a ScaledObject says nothing. */
const MOST_REPLICAS = 100;
const USUAL_WINDOW = 300;

export function readScaledObject(world: World, part: Part): void {
  const spec = part.at("spec");
  const name = spec.at("scaleTargetRef", "name").text() ?? "";
  const draft = world.drafts.find((one) => (one.name === name || one.aliases.has(name)) && isBeside(part, one));
  if (draft === undefined) {
    part.keep("applied as it is: an autoscaler of no workload of these files");
    return;
  }
  const triggers = spec.at("triggers").items();
  const shares = Object.assign({}, ...triggers.map(shareOf)) as Fields;
  const schedule = triggers.flatMap((trigger) => windowOf(draft, trigger));
  for (const trigger of triggers) tellOther(draft, trigger);
  claimRest(draft, spec);
  claimReplaced(part, "autoscaling");
  const minReplicas = spec.at("minReplicaCount").keep("autoscaling.minReplicas").number() ?? 0;
  const autoscaling = defined({
    // Nothing but a schedule starts the first pod again.
    minReplicas: schedule.length === 0 ? Math.max(minReplicas, 1) : minReplicas,
    maxReplicas: spec.at("maxReplicaCount").keep("autoscaling.maxReplicas").number() ?? MOST_REPLICAS,
    ...shares,
    schedule: schedule.length === 0 ? undefined : schedule,
    scaleDownAfterSeconds: windowIn(spec),
  });
  if (schedule.length + Object.keys(shares).length > 0)
    set(draft, "autoscaling", autoscaling, evidenceOf(part, "the ScaledObject"));
}

const typeOf = (trigger: Part): string => trigger.at("type").text() ?? "";

/** `Utilization` is a share of what is requested. */
function shareOf(trigger: Part): Fields {
  const type = typeOf(trigger);
  const kind = trigger.at("metricType").text() ?? trigger.at("metadata", "type").text();
  const averageUtilization = trigger.at("metadata", "value").number();
  if (!["cpu", "memory"].includes(type) || kind !== "Utilization" || averageUtilization === undefined) return {};
  trigger.keep(`autoscaling.${type}`);
  return { [type]: { averageUtilization } };
}

function windowOf(draft: Draft, trigger: Part): readonly Fields[] {
  if (typeOf(trigger) !== "cron") return [];
  const metadata = trigger.at("metadata");
  const window = defined({
    start: metadata.at("start").text(),
    end: metadata.at("end").text(),
    timeZone: metadata.at("timezone").text(),
    replicas: metadata.at("desiredReplicas").number(),
  });
  if (takes(schema, { maxReplicas: 1_000, schedule: [window] })) {
    trigger.keep("autoscaling.schedule");
    return [window];
  }
  leave(draft, trigger, "is no schedule that can be declared; write it under autoscaling.schedule");
  return [];
}

/** KEDA calls what such a trigger names with rights of its own. */
function tellOther(draft: Draft, trigger: Part): void {
  if (typeOf(trigger) === "cron" || Object.keys(shareOf(trigger)).length > 0) return;
  leave(
    draft,
    trigger,
    `scales by ${typeOf(trigger)}, which has an address; have a metrics API serve the number, and name it under autoscaling.metrics`,
  );
}

function leave(draft: Draft, trigger: Part, why: string): void {
  trigger.drop(why);
  draft.decisions.push(`autoscaling: ${sayPlace(trigger.place)} ${why}`);
}

const windowAt = (spec: Part): Part =>
  spec.at("advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown", "stabilizationWindowSeconds");

function windowIn(spec: Part): number | undefined {
  const seconds = windowAt(spec).keep("autoscaling.scaleDownAfterSeconds").number();
  return seconds === undefined || seconds === USUAL_WINDOW ? undefined : Math.max(seconds, 30);
}

function claimRest(draft: Draft, spec: Part): void {
  windowAt(spec).keep("autoscaling.scaleDownAfterSeconds");
  const idle = spec.at("idleReplicaCount");
  if (idle.exists) leave(draft, idle, "kept fewer pods while nothing triggered; autoscaling has minReplicas alone");
  spec.at("scaleTargetRef").replace("autoscaling");
  spec.at("pollingInterval").fix("every 30 seconds");
  spec.at("cooldownPeriod").fix("autoscaling.scaleDownAfterSeconds");
  spec.at("initialCooldownPeriod").fix("autoscaling.scaleDownAfterSeconds");
  spec.at("fallback").drop("no trigger is left that may fail");
  spec.at("advanced", "horizontalPodAutoscalerConfig", "name").replace("the autoscaler's own name");
  spec
    .at("advanced", "horizontalPodAutoscalerConfig", "behavior")
    .fix("one pod at a time, after scaleDownAfterSeconds");
  spec.at("advanced").drop("autoscaling has no formulas");
}
