/** What runs pods becomes a draft: its type, how many, how they are replaced, and its pod. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { mayHandOnAnnotation, mayHandOnLabel } from "../../expand/handed-on.ts";
import { type Draft, defined, evidenceOf, set } from "../draft.ts";
import { claimByName, drop, type Fates, fix, replace } from "../fate.ts";
import { type Part, sayPlace } from "../ledger.ts";
import type { KeysIn } from "./mounting.ts";
import { readPod } from "./pod.ts";

type Fields = Record<string, unknown>;

/** Kinds that run pods, and what they become. */
export const RUNNERS: Readonly<Record<string, string>> = {
  Deployment: "Deployment",
  ReplicaSet: "Deployment",
  ReplicationController: "Deployment",
  DeploymentConfig: "Deployment",
  Rollout: "Deployment",
  Pod: "Deployment",
  StatefulSet: "StatefulSet",
  DaemonSet: "DaemonSet",
  Job: "Job",
  CronJob: "CronJob",
};

const byServer = drop("the API server writes it");

const METADATA: Fates = {
  uid: byServer,
  resourceVersion: byServer,
  generation: byServer,
  creationTimestamp: byServer,
  managedFields: byServer,
  selfLink: byServer,
  deletionTimestamp: byServer,
  deletionGracePeriodSeconds: byServer,
  ownerReferences: replace("the SecureWorkload owns its children"),
  finalizers: drop("children have none"),
};

/** Of every object: what the API server writes, and whom it belongs to. */
export function claimMetadata(object: Part): void {
  claimByName(object.at("metadata"), METADATA);
  claimByName(object, { status: byServer });
}

export function draftOf(object: Part): Draft {
  const kind = object.at("kind").text() ?? "";
  const template = templateOf(object, kind);
  const name = object.at("metadata", "name").text() ?? object.at("metadata", "generateName").text() ?? "";
  const draft: Draft = {
    name: plainName(name),
    namespace: object.at("metadata", "namespace").text(),
    labels: only(mayHandOnLabel, object.at("metadata", "labels"), template.at("metadata", "labels")),
    annotations: only(isKubectls, template.at("metadata", "annotations")),
    podLabels: template.at("metadata", "labels").labels(),
    podAnnotations: template.at("metadata", "annotations").labels(),
    spec: {},
    evidence: new Map(),
    decisions: [],
    wishes: [],
    portNames: new Map(),
    servedPorts: new Set(),
    accountName: template.at("spec", "serviceAccountName").text() ?? template.at("spec", "serviceAccount").text(),
    aliases: new Set([name]),
    texts: [],
    object,
  };
  return draft;
}

const isKubectls = (key: string): boolean => mayHandOnAnnotation(key, []);

/** What a SecureWorkload has so that its objects have it: of the same key the last one counts. */
const only = (isHandedOn: (key: string) => boolean, ...maps: readonly Part[]): Readonly<Record<string, string>> =>
  Object.fromEntries(maps.flatMap((map) => Object.entries(map.labels()).filter(([key]) => isHandedOn(key))));

/** Children are called as their workload, whose name is a DNS label that begins with a letter. */
export function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 52)
    .replace(/-+$/, "");
  const isTaken = plain === "" || plain === "default" || plain.startsWith("palisade-") || plain.endsWith("-pods");
  return isTaken ? `app-${plain}`.slice(0, 46).replace(/(-pods)?-*$/, "") : plain;
}

function templateOf(object: Part, kind: string): Part {
  if (kind === "Pod") return object;
  return kind === "CronJob" ? object.at("spec", "jobTemplate", "spec", "template") : object.at("spec", "template");
}

/** Once the draft has its last name. */
export function fillDraft(draft: Draft, keysIn: KeysIn): void {
  const { object } = draft;
  const kind = object.at("kind").text() ?? "";
  const template = templateOf(object, kind);
  const pod = template.at("spec");
  const type = kind === "Pod" && isRun(pod) ? "Job" : (RUNNERS[kind] ?? "Deployment");
  set(draft, "type", type === "Deployment" ? undefined : type);
  object.at("apiVersion").replace("type");
  object.at("kind").replace("type");
  readMetadata(draft, object, template);
  tellHook(draft, object.at("metadata", "annotations"));
  if (kind !== "Pod") readSettings(draft, object.at("spec"), type);
  readPod(draft, pod, object.at("spec", "volumeClaimTemplates"), keysIn);
  object.at("spec", "volumeClaimTemplates").drop("a claim has a size, a class and an access mode");
  claimMetadata(object);
}

const isRun = (pod: Part): boolean => ["Never", "OnFailure"].includes(pod.at("restartPolicy").text() ?? "");

function readMetadata(draft: Draft, object: Part, template: Part): void {
  const metadata = object.at("metadata");
  metadata.at("name").keep("metadata.name");
  metadata.at("generateName").keep("metadata.name");
  metadata.at("namespace").keep("metadata.namespace");
  for (const one of [metadata, template.at("metadata"), object.at("spec", "jobTemplate", "metadata")]) {
    handOn(one.at("labels"), draft.labels, "metadata.labels");
    one.at("labels").replace(`the label ${WORKLOAD_LABEL}`);
    readScrape(draft, one.at("annotations"));
    handOn(one.at("annotations"), draft.annotations, "metadata.annotations");
    one
      .at("annotations")
      .drop("pods have only annotations that the platform team lists: metadata.annotations of the SecurityBaseline");
    if (one !== metadata) one.drop("pods and runs have what their controller gives them");
  }
}

/** A hook that deletes what a release leaves, for example, would run as soon as it is applied. */
function tellHook(draft: Draft, annotations: Part): void {
  for (const name of ["helm.sh/hook", "argocd.argoproj.io/hook"]) {
    const hook = annotations.at(name);
    if (hook.exists)
      draft.decisions.push(
        `metadata.name: ${sayPlace(hook.place)} ran as a hook (${hook.text()}), and ${draft.name} runs whenever it is applied; apply it when it is due, or leave it out`,
      );
  }
}

/** What the SecureWorkload has too is kept, whoever had it. */
function handOn(part: Part, kept: Readonly<Record<string, unknown>>, where: string): void {
  for (const [name, one] of part.fields()) if (kept[name] === one.text()) one.keep(where);
}

/** What Prometheus looks for on pods. */
function readScrape(draft: Draft, annotations: Part): void {
  const scrape = annotations.at("prometheus.io/scrape");
  if (scrape.text() !== "true") return;
  const port = annotations.at("prometheus.io/port").keep("monitoring.port").number();
  const path = annotations.at("prometheus.io/path").keep("monitoring.path").text();
  scrape.keep("monitoring");
  if (port === undefined) return;
  const evidence = evidenceOf(scrape, "scrape annotation");
  set(draft, "monitoring", defined({ port, path: path === "/metrics" ? undefined : path }), evidence);
}

const byNumber = "rollout replaces some pods at a time, each ready before the next; it has no steps, analysis or hooks";

const CONTROLLER: Fates = {
  selector: replace(`the label ${WORKLOAD_LABEL}`),
  revisionHistoryLimit: fix("two revisions are kept"),
  paused: drop("a rollout is never held back"),
  persistentVolumeClaimRetentionPolicy: fix("claims outlive the workload"),
  ordinals: drop("pods are counted from 0"),
  rollbackTo: replace("palisade undo"),
  triggers: drop("pods are replaced when the spec changes"),
  test: drop("pods run until replicas is 0"),
  workloadRef: drop("convert the Deployment that it names"),
  ...Object.fromEntries(
    ["analysis", "restartAt", "rollbackWindow", "progressDeadlineAbort"].map((name) => [name, drop(byNumber)] as const),
  ),
};

function readSettings(draft: Draft, spec: Part, type: string): void {
  claimByName(spec, CONTROLLER);
  SETTINGS[type]?.(draft, spec);
}

const SETTINGS: Readonly<Record<string, (draft: Draft, spec: Part) => void>> = {
  Deployment: readServing,
  StatefulSet: readPodByPod,
  DaemonSet: readPodByPod,
  Job: readJob,
  CronJob: readCronJob,
};

const MOST_REPLICAS = 1_000;

const fixedOrder = "one pod at a time, each ready before the next is replaced";

/** Their controllers replace one pod after the other, whatever is declared. */
function readPodByPod(draft: Draft, spec: Part): void {
  spec.at("updateStrategy").fix(fixedOrder);
  spec.at("minReadySeconds").fix(fixedOrder);
  readServing(draft, spec);
}

function readServing(draft: Draft, spec: Part): void {
  const replicas = spec.at("replicas").keep("replicas").number();
  set(draft, "replicas", replicas === undefined ? undefined : Math.min(replicas, MOST_REPLICAS));
  set(draft, "podManagement", podManagement(spec.at("podManagementPolicy")));
  const strategy = spec.at("strategy").exists ? spec.at("strategy") : spec.at("updateStrategy");
  strategy.at("rollingUpdate", "partition").drop("every pod is replaced");
  const isRecreate = strategy.at("type").keep("rollout").text() === "Recreate";
  const deadline = spec.at("progressDeadlineSeconds").keep("rollout.progressDeadlineSeconds").number();
  const ready = spec.at("minReadySeconds").keep("rollout.minReadySeconds").number();
  const isDeployment = draft.spec["type"] === undefined;
  const rollout = defined({
    maxSurge: amountOf(strategy.at("rollingUpdate", "maxSurge").keep("rollout.maxSurge")),
    maxUnavailable: amountOf(strategy.at("rollingUpdate", "maxUnavailable").keep("rollout.maxUnavailable")),
    minReadySeconds: ready === 0 ? undefined : ready,
    replace: isRecreate ? true : undefined,
    progressDeadlineSeconds:
      deadline === 600 || deadline === undefined ? undefined : Math.min(Math.max(deadline, 60), 7_200),
  });
  for (const one of [spec.at("strategy"), spec.at("updateStrategy")]) claimStrategy(one);
  const { progressDeadlineSeconds } = rollout;
  const declared = isDeployment ? rollout : defined({ progressDeadlineSeconds });
  set(draft, "rollout", Object.keys(declared).length === 0 ? undefined : declared);
}

function claimStrategy(part: Part): void {
  for (const [name, field] of part.fields()) if (!/^(type|rollingUpdate)$/.test(name)) field.drop(byNumber);
  part.keep("rollout");
}

function podManagement(part: Part): string | undefined {
  const policy = part.keep("podManagement").text();
  return policy === "Parallel" ? policy : undefined;
}

const amountOf = (part: Part): number | string | undefined => part.number() ?? part.text();

const otherwise = drop("a run has completions, parallelism, retries and a deadline");

const RUN: Fates = {
  ttlSecondsAfterFinished: fix("a finished run stays until the next"),
  manualSelector: drop("the workload selects its own pods"),
  completionMode: fix("NonIndexed"),
  podReplacementPolicy: fix("a failed pod is replaced when it has ended"),
  suspend: drop("a run starts when it is declared"),
  podFailurePolicy: otherwise,
  successPolicy: otherwise,
  backoffLimitPerIndex: otherwise,
  maxFailedIndexes: otherwise,
  managedBy: otherwise,
  scheduling: otherwise,
};

function readJob(draft: Draft, spec: Part): void {
  const count = (name: string, field: string): number | undefined => spec.at(name).keep(`job.${field}`).number();
  const job = defined({
    completions: count("completions", "completions"),
    parallelism: count("parallelism", "parallelism"),
    retries: count("backoffLimit", "retries"),
    deadlineSeconds: count("activeDeadlineSeconds", "deadlineSeconds"),
  });
  claimByName(spec, RUN);
  set(draft, "job", Object.keys(job).length === 0 ? undefined : job);
}

function readCronJob(draft: Draft, spec: Part): void {
  const number = (name: string, field: string): number | undefined => spec.at(name).keep(`schedule.${field}`).number();
  const concurrency = spec.at("concurrencyPolicy").keep("schedule.concurrency").text();
  const schedule: Fields = defined({
    cron: spec.at("schedule").keep("schedule.cron").text(),
    timeZone: spec.at("timeZone").keep("schedule.timeZone").text(),
    // Kubernetes lets runs overlap unless told, and so does the draft.
    concurrency: concurrency === "Forbid" ? undefined : (concurrency ?? "Allow"),
    startingDeadlineSeconds: number("startingDeadlineSeconds", "startingDeadlineSeconds"),
    suspended: spec.at("suspend").keep("schedule.suspended").value === true ? true : undefined,
    keepSucceeded: number("successfulJobsHistoryLimit", "keepSucceeded"),
    keepFailed: number("failedJobsHistoryLimit", "keepFailed"),
  });
  set(draft, "schedule", schedule);
  readJob(draft, spec.at("jobTemplate", "spec"));
  spec.at("jobTemplate", "spec", "selector").replace(`the label ${WORKLOAD_LABEL}`);
}
