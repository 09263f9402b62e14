/** The page of one SecureWorkload, from what was read of it. Pure: the same objects at the same time give the same page. */
import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { CLUSTER_READ_VERBS } from "../../crds/v1alpha1/cluster-reads.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { linesOf } from "../../unusual/workload.ts";
import { accessOf } from "./access.ts";
import { childrenOf } from "./children.ts";
import { correctionsOf } from "./corrections.ts";
import type { Page } from "./model.ts";
import { podCounts, podsOf } from "./pods.ts";
import { conditionOf, keyOfWorkload, type Reading, specOf, statusOf } from "./reading.ts";
import { describeCommand, readinessOf, troublesOf } from "./troubles.ts";

export function pageOf(reading: Reading, nowMs: number): Page {
  const { workload } = reading;
  const { type = "Deployment", image = "" } = specOf(workload);
  const { podMutations, hardening, unusual = {}, images = [], observedGeneration = -1 } = statusOf(workload);
  const digest = images.find((resolved) => resolved.image === image)?.digest;
  return {
    workload: keyOfWorkload(workload),
    type,
    image,
    ...(digest === undefined ? {} : { digest }),
    generation: workload.metadata.generation ?? 0,
    observedGeneration,
    ready: readinessOf(workload),
    troubles: [...troublesOf(workload)],
    children: [...childrenOf(reading)],
    pods: { ...podCounts(workload), items: [...podsOf(reading.pods)] },
    access: accessOf(reading),
    rights: rightsOf(workload),
    exceptions: exceptionsOf(workload, nowMs),
    corrections: correctionsOf(reading),
    unusual: [...linesOf(unusual)],
    ...(podMutations === undefined ? {} : { podMutations }),
    ...(hardening === undefined ? {} : { hardening }),
    unread: [...reading.unread],
  };
}

const lost = ({ children }: Page): Page["children"] =>
  children.filter(({ standing }) => standing !== "there" && standing !== "unread");

/** Whether there is something to look at. What could not be read is never clean. */
export const hasTrouble = (page: Page): boolean => page.troubles.length + lost(page).length + page.unread.length > 0;

/** Ready names these where its pods are the matter: then the pod says more than the reason. */
const OF_PODS: ReadonlySet<string> = new Set(["Progressing", "RolloutStalled", "RunFailed"]);

/** What to type, by what matters most. */
export function nextFor(page: Page, workload: KubeObject): string {
  const [trouble] = page.troubles;
  const pod = page.pods.items.find(({ next }) => next !== undefined);
  if (pod?.next !== undefined && trouble !== undefined && OF_PODS.has(trouble.reason)) return pod.next;
  if (trouble !== undefined) return trouble.next;
  if (lost(page).length > 0) return describeCommand(workload);
  const [unread] = page.unread;
  if (unread !== undefined) return unread.next;
  const { namespace, name } = workload.metadata;
  return `kubectl logs -n ${namespace} -l ${WORKLOAD_LABEL}=${name} --all-containers --tail=20`;
}

function rightsOf(workload: KubeObject): Page["rights"] {
  const { status = "Unknown", message = "Palisade has not compared RBAC with the spec yet" } =
    conditionOf(workload, "RightsMatch") ?? {};
  const { permissions = [], clusterReads = [] } = specOf(workload);
  const reads = clusterReads.map((name) => `${CLUSTER_READ_VERBS.join(", ")} ${name} in the whole cluster`);
  return { declared: [...permissions.map(sayPermission), ...reads], match: status, message };
}

function sayPermission(rule: NonNullable<SecureWorkloadSpec["permissions"]>[number]): string {
  const resources = rule.resources.flatMap((resource) =>
    rule.apiGroups.map((group) => (group === "" ? resource : `${resource}.${group}`)),
  );
  const names = rule.resourceNames === undefined ? "" : ` named ${rule.resourceNames.join(", ")}`;
  return `${rule.verbs.join(", ")} ${resources.join(", ")}${names}`;
}

/** One that is over stays until its pods are replaced. */
const exceptionsOf = (workload: KubeObject, nowMs: number): Page["exceptions"] =>
  (statusOf(workload).exceptions ?? []).map(({ name, lifts = [], user, expires, closed }) => ({
    name,
    lifts,
    ...(user === undefined ? {} : { user }),
    expires: closed ?? expires,
    leftSeconds: Math.max(0, Math.floor((Date.parse(closed ?? expires) - nowMs) / 1_000)),
  }));
