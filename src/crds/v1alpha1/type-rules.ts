/** Which fields fit which type of workload: what does not fit is refused, never ignored. */
import type { CelRule } from "../schema.ts";
import type { WorkloadType } from "./runs.ts";

interface Typed {
  readonly type: WorkloadType;
  readonly replicas: number;
  readonly podManagement?: unknown;
  readonly autoscaling?: unknown;
  readonly rollout?: unknown;
  readonly disruption?: unknown;
  readonly job?: unknown;
  readonly schedule?: unknown;
  readonly claims?: readonly { readonly name: string; readonly size?: unknown }[] | undefined;
  readonly containers?:
    | readonly {
        readonly name: string;
        readonly claims?: readonly { readonly name: string }[] | undefined;
      }[]
    | undefined;
}

const RUNS = ["Job", "CronJob"];

export const typeRules: readonly CelRule<Typed>[] = [
  {
    rule: "self.type in ['Deployment', 'StatefulSet'] || self.replicas == 1",
    message: "replicas fits type Deployment and StatefulSet: leave it out, or use job.completions for runs",
    holds: ({ type, replicas }) => ["Deployment", "StatefulSet"].includes(type) || replicas === 1,
  },
  {
    rule: "self.type == 'Deployment' || (!has(self.autoscaling) && !has(self.rollout))",
    message: "autoscaling and rollout fit type Deployment: remove them, or set the type",
    holds: ({ type, autoscaling, rollout }) =>
      type === "Deployment" || (autoscaling === undefined && rollout === undefined),
  },
  {
    rule: "self.type in ['Deployment', 'StatefulSet'] || !has(self.disruption)",
    message: "disruption fits type Deployment and StatefulSet: remove it, or set the type",
    holds: ({ type, disruption }) => ["Deployment", "StatefulSet"].includes(type) || disruption === undefined,
  },
  {
    rule: "(self.type == 'CronJob') == has(self.schedule)",
    message: "schedule goes with type CronJob, and only with it: add the one that is missing, or remove the other",
    holds: ({ type, schedule }) => (type === "CronJob") === (schedule !== undefined),
  },
  {
    rule: "self.type in ['Job', 'CronJob'] || !has(self.job)",
    message: "job fits type Job and CronJob: remove it, or set the type",
    holds: ({ type, job }) => RUNS.includes(type) || job === undefined,
  },
  {
    rule: "self.type == 'StatefulSet' || !has(self.podManagement)",
    message: "podManagement fits type StatefulSet: remove it, or set the type",
    holds: ({ type, podManagement }) => type === "StatefulSet" || podManagement === undefined,
  },
  {
    rule: "self.type == 'StatefulSet' || !has(self.claims) || self.claims.all(c, !has(c.size))",
    message: "claims.size fits type StatefulSet, where each pod has a claim of its own: name an existing claim instead",
    holds: ({ type, claims }) => type === "StatefulSet" || (claims ?? []).every(({ size }) => size === undefined),
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
