/** Which fields fit which type of workload: what does not fit is refused, never ignored. */
import type { CelRule } from "../schema.ts";
import type { WorkloadType } from "./runs.ts";

interface Typed {
  readonly type: WorkloadType;
  readonly replicas: number;
  readonly podManagement?: unknown;
  readonly autoscaling?: { readonly maxReplicas: number } | undefined;
  readonly rollout?: Readonly<Partial<Record<(typeof OF_DEPLOYMENTS)[number], unknown>>> | undefined;
  readonly disruption?: unknown;
  readonly job?: { readonly rerun?: unknown } | undefined;
  readonly schedule?: unknown;
  readonly claims?:
    | readonly { readonly name: string; readonly size?: unknown; readonly accessMode?: unknown }[]
    | undefined;
  readonly containers?:
    | readonly {
        readonly name: string;
        readonly claims?: readonly { readonly name: string }[] | undefined;
      }[]
    | undefined;
}

const RUNS = ["Job", "CronJob"];
/** Fields of `rollout` that only a Deployment has; how long a rollout may stand still is every type's. */
const OF_DEPLOYMENTS = ["maxSurge", "maxUnavailable", "minReadySeconds", "replace"] as const;

const ONE_POD = "self.replicas <= 1 && (!has(self.autoscaling) || self.autoscaling.maxReplicas <= 1)";

const hasOnePod = ({ replicas, autoscaling }: Typed): boolean =>
  replicas <= 1 && (autoscaling === undefined || autoscaling.maxReplicas <= 1);

export const typeRules: readonly CelRule<Typed>[] = [
  {
    rule: "self.type in ['Deployment', 'StatefulSet'] || self.replicas == 1",
    message: "replicas is allowed only for type Deployment and StatefulSet: remove it, or use job.completions for Jobs",
    holds: ({ type, replicas }) => ["Deployment", "StatefulSet"].includes(type) || replicas === 1,
  },
  {
    rule: "self.type == 'Deployment' || !has(self.autoscaling)",
    message: "autoscaling is allowed only for type Deployment: remove it, or change the type",
    holds: ({ type, autoscaling }) => type === "Deployment" || autoscaling === undefined,
  },
  {
    rule: `self.type == 'Deployment' || !has(self.rollout) || (${OF_DEPLOYMENTS.map((field) => `!has(self.rollout.${field})`).join(" && ")})`,
    message:
      "rollout has only progressDeadlineSeconds for types other than Deployment: remove the other fields, or change the type",
    holds: ({ type, rollout }) =>
      type === "Deployment" || OF_DEPLOYMENTS.every((field) => rollout?.[field] === undefined),
  },
  {
    rule: "self.type in ['Deployment', 'StatefulSet'] || !has(self.disruption)",
    message: "disruption is allowed only for type Deployment and StatefulSet: remove it, or change the type",
    holds: ({ type, disruption }) => ["Deployment", "StatefulSet"].includes(type) || disruption === undefined,
  },
  {
    rule: "(self.type == 'CronJob') == has(self.schedule)",
    message: "schedule is required for type CronJob and not allowed otherwise: add or remove it, or change the type",
    holds: ({ type, schedule }) => (type === "CronJob") === (schedule !== undefined),
  },
  {
    rule: "self.type in ['Job', 'CronJob'] || !has(self.job)",
    message: "job is allowed only for type Job and CronJob: remove it, or change the type",
    holds: ({ type, job }) => RUNS.includes(type) || job === undefined,
  },
  {
    rule: "self.type == 'Job' || !has(self.job) || !has(self.job.rerun)",
    message: "job.rerun is allowed only for type Job: a CronJob runs by its schedule, so remove it",
    holds: ({ type, job }) => type === "Job" || job?.rerun === undefined,
  },
  {
    rule: "self.type == 'StatefulSet' || !has(self.podManagement)",
    message: "podManagement is allowed only for type StatefulSet: remove it, or change the type",
    holds: ({ type, podManagement }) => type === "StatefulSet" || podManagement === undefined,
  },
  {
    rule: "self.type in ['Deployment', 'StatefulSet'] || !has(self.claims) || self.claims.all(c, !has(c.size))",
    message:
      "claims.size is allowed only for type Deployment and StatefulSet: use an existing claim instead, or change the type",
    holds: ({ type, claims }) =>
      ["Deployment", "StatefulSet"].includes(type) || (claims ?? []).every(({ size }) => size === undefined),
  },
  {
    rule: `self.type != 'Deployment' || !has(self.claims) || (${ONE_POD}) || self.claims.all(c, !has(c.size) || (has(c.accessMode) && c.accessMode == 'ReadWriteMany'))`,
    message:
      "claims.size of a Deployment is one claim for all of its pods: with more than one pod, set accessMode: ReadWriteMany, or use type StatefulSet, where each pod has its own",
    holds: (spec) =>
      spec.type !== "Deployment" ||
      hasOnePod(spec) ||
      (spec.claims ?? []).every(({ size, accessMode }) => size === undefined || accessMode === "ReadWriteMany"),
  },
  {
    rule: "!has(self.containers) || self.containers.all(c, !has(c.claims) || c.claims.all(m, has(self.claims) && self.claims.exists(d, d.name == m.name)))",
    message: "containers.claims must name one of the workload's claims: declare it under claims",
    holds: ({ containers, claims }) =>
      (containers ?? []).every(({ claims: mounts }) =>
        (mounts ?? []).every(({ name }) => (claims ?? []).some((declared) => declared.name === name)),
      ),
  },
];
