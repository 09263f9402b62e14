import { LIFTED_ANNOTATION, SECRETS_ANNOTATION } from "../../../crds/group.ts";
import type { KubeObject } from "../../../kopf/object.ts";
import { hardenPod, type PodSpec } from "../../../policies/index.ts";
import { identityPodLabels } from "./cloud-identity.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import { childLabels, type ExpandInput, isLifted } from "./input.ts";
import { scrapable } from "./monitors.ts";
import { placed } from "./placement.ts";
import { volumesOf } from "./volumes.ts";

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: PodSpec;
}

/** Below it a port needs a capability, unless the pod's network namespace says otherwise. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/**
 * The pod every replica is: the declared containers inside the whole baseline, but for the rules that are lifted.
 * Every field that the API server would default is spelled out, so that whatever else a live template shows was added by somebody.
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
  return { metadata: { labels, ...annotationsOf(input) }, spec: hardened };
}

/** The rules that are lifted for the pods of a child, as its template says; none for a child that has no pods. */
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
 * Another version of a Secret is another template, and so rolls the pods, where the platform team granted that. What is lifted is told to
 * the admission policies, which hold every other pod to all rules.
 */
function annotationsOf({ resolved, lifted = new Set() }: ExpandInput): Pick<PodTemplate["metadata"], "annotations"> {
  const annotations = {
    ...(resolved.secrets === undefined ? {} : { [SECRETS_ANNOTATION]: resolved.secrets }),
    ...(lifted.size === 0 ? {} : { [LIFTED_ANNOTATION]: `,${[...lifted].sort().join(",")},` }),
  };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** Pods that end by themselves: what failed is kept to be looked at, and the next try is a pod of its own. */
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
    // A safe sysctl (PSS baseline: Sysctls), bound to the pod: no capability is needed then.
    ...(lowest < FIRST_UNPRIVILEGED_PORT
      ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: String(lowest) }] }
      : {}),
  };
}
