import type { KubeObject } from "kopf-ts";
import { DECLARED_ANNOTATION, LIFTED_ANNOTATION, RESTARTED_ANNOTATION, SECRETS_ANNOTATION } from "../crds/group.ts";
import { hardenPod, type PodSpec } from "../policies/index.ts";
import { identityPodLabels } from "./cloud-identity.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import { declaredAnnotation } from "./declared-pod.ts";
import { childLabels, type ExpandInput, isLifted } from "./input.ts";
import { scrapable } from "./monitors.ts";
import { placed } from "./placement.ts";
import { EVICTABLE_VOLUMES_ANNOTATION, evictableVolumes, volumesOf } from "./volumes.ts";

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: PodSpec;
}

/** Ports below it need a capability, unless a sysctl of the pod lowers it. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/**
 * The pod template: the declared containers, hardened by every rule of the baseline that is not lifted. Every default of the API
 * server is spelled out, so that any other field of a live template was added by somebody.
 */
export function buildPodTemplate(input: ExpandInput): PodTemplate {
  const { workload, spec } = input;
  const declared = declaredContainers(input);
  const volumes = volumesOf(input, declared);
  const pod: PodSpec = {
    ...containersOf(input, declared),
    ...(volumes.length === 0 ? {} : { volumes }),
    serviceAccountName: workload.name,
    serviceAccount: workload.name,
    securityContext: securityContextOf(input),
    ...(input.identity.userNamespace && !isLifted(input, "no-host-users") ? { hostUsers: false } : {}),
    restartPolicy: isRun(spec) ? "Never" : "Always",
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    ...(isLifted(input, "no-service-links") ? { enableServiceLinks: true } : {}),
  };
  const labels = { ...childLabels(workload), ...identityPodLabels(input) };
  const hardened = hardenPod(placed(scrapable(pod, input), input), input.lifted);
  return { metadata: { labels, annotations: annotationsOf(input, hardened) }, spec: hardened };
}

/** The rules lifted for the pods of a child, from its template's annotation; none for a child without pods. */
export function liftedIn({ spec }: KubeObject): ReadonlySet<string> {
  const { template, jobTemplate } = (spec ?? {}) as Templates;
  const { annotations } = (template ?? jobTemplate?.spec?.template)?.metadata ?? {};
  return new Set((annotations?.[LIFTED_ANNOTATION] ?? "").split(",").filter((id) => id !== ""));
}

interface Templates {
  readonly template?: { readonly metadata?: Pick<PodTemplate["metadata"], "annotations"> };
  readonly jobTemplate?: { readonly spec?: Pick<Templates, "template"> };
}

/**
 * A new version of a Secret changes the template and so rolls the pods, where the platform team allows that. The lifted rules are for the
 * admission policies, which enforce all rules on every other pod.
 */
function annotationsOf(input: ExpandInput, pod: PodSpec): Record<string, string> {
  const { resolved, spec, lifted = new Set() } = input;
  const evictable = evictableVolumes(pod.volumes ?? []);
  return {
    ...input.workload.handedOn?.annotations,
    ...(evictable === undefined ? {} : { [EVICTABLE_VOLUMES_ANNOTATION]: evictable }),
    ...(resolved.secrets === undefined ? {} : { [SECRETS_ANNOTATION]: resolved.secrets }),
    [DECLARED_ANNOTATION]: declaredAnnotation(input, pod),
    ...(spec.restartedAt === undefined || isRun(spec) ? {} : { [RESTARTED_ANNOTATION]: spec.restartedAt }),
    ...(lifted.size === 0 ? {} : { [LIFTED_ANNOTATION]: `,${[...lifted].sort().join(",")},` }),
  };
}

/** Runs keep failed pods for inspection: each retry is a new pod. */
const isRun = ({ type }: ExpandInput["spec"]): boolean => type === "Job" || type === "CronJob";

function securityContextOf(input: ExpandInput): NonNullable<PodSpec["securityContext"]> {
  const { spec, identity } = input;
  const user = spec.runAs?.user ?? identity.uid;
  const group = spec.runAs?.group ?? user;
  const isImagesUser = isLifted(input, "non-root") && spec.runAs?.user === undefined;
  const isUsersGroup = isLifted(input, "non-root-groups") && spec.runAs?.group === undefined;
  const scraped = spec.monitoring === undefined ? [] : [spec.monitoring];
  const lowest = Math.min(...[...(spec.ports ?? []), ...scraped].map(({ port }) => port));
  return {
    ...(isImagesUser ? {} : { runAsUser: user }),
    ...(isUsersGroup ? {} : { runAsGroup: group }),
    fsGroup: group,
    fsGroupChangePolicy: "OnRootMismatch",
    // A safe sysctl of the pod (PSS baseline: Sysctls), instead of a capability.
    ...(lowest < FIRST_UNPRIVILEGED_PORT
      ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: String(lowest) }] }
      : {}),
  };
}
