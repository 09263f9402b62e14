import { SECRETS_ANNOTATION } from "../../../crds/group.ts";
import { hardenPod, type PodSpec } from "../../../policies/index.ts";
import { identityPodLabels } from "./cloud-identity.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import { childLabels, type ExpandInput } from "./input.ts";
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
 * The pod every replica is: the declared containers inside the whole baseline.
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
    ...(input.identity.userNamespace ? { hostUsers: false } : {}),
    restartPolicy: isRun(spec) ? "Never" : "Always",
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
  };
  const labels = { ...childLabels(workload), ...identityPodLabels(input) };
  return { metadata: { labels, ...rolling(input) }, spec: hardenPod(placed(scrapable(pod, input), input)) };
}

/** Another version of a Secret is another template, and so rolls the pods; where the platform team granted that. */
const rolling = ({ resolved }: ExpandInput) =>
  resolved.secrets === undefined ? {} : { annotations: { [SECRETS_ANNOTATION]: resolved.secrets } };

/** Pods that end by themselves: what failed is kept to be looked at, and the next try is a pod of its own. */
const isRun = ({ type }: ExpandInput["spec"]): boolean => type === "Job" || type === "CronJob";

function securityContextOf({ spec, identity }: ExpandInput): NonNullable<PodSpec["securityContext"]> {
  const user = spec.runAs?.user ?? identity.uid;
  const group = spec.runAs?.group ?? user;
  const scraped = spec.monitoring === undefined ? [] : [spec.monitoring];
  const lowest = Math.min(...[...(spec.ports ?? []), ...scraped].map(({ port }) => port));
  return {
    runAsUser: user,
    runAsGroup: group,
    fsGroup: group,
    fsGroupChangePolicy: "OnRootMismatch",
    // A safe sysctl (PSS baseline: Sysctls), bound to the pod: no capability is needed then.
    ...(lowest < FIRST_UNPRIVILEGED_PORT
      ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: String(lowest) }] }
      : {}),
  };
}
