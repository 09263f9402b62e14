/**
 * What a pod template declares, as a compact list in an annotation of the template. Where the platform team refuses injections, the admission policy
 * `palisade-injections` compares each new pod with it (`admission/injections.ts`), also while the operator is down. It is there always, so that refusing
 * begins and ends without a restart. Names as in `plan/additions.ts`, each with its container or its value behind a blank; no values of variables.
 */
import type { Container, PodSpec } from "../policies/index.ts";
import type { ExpandInput } from "./input.ts";

/** Sorted, one a line. */
export function declaredPod(pod: PodSpec): string {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  // A StatefulSet's controller adds a volume for each claim, under the name that it is mounted by.
  const volumes = [...(pod.volumes ?? []).map(({ name }) => name), ...mounted];
  const lines = [
    ...containers.flatMap(declaredContainer),
    ...volumes.map((name) => line(`volume/${name}`)),
    ...Object.entries(pod.nodeSelector ?? {}).map(([key, value]) => line(`nodeSelector/${key}`, value)),
    ...named("priorityClassName", pod.priorityClassName),
    ...named("runtimeClassName", pod.runtimeClassName),
  ];
  return [...new Set(lines)].sort().join("\n");
}

const named = (field: string, value: string | undefined): readonly string[] =>
  value === undefined || value === "" ? [] : [line(field, value)];

/** No name of a container holds a blank, so none is taken for another. */
const line = (name: string, detail?: string): string => (detail === undefined ? name : `${name} ${detail}`);

function declaredContainer(container: Container): readonly string[] {
  const { name, image = "", imagePullPolicy = "", resources, env = [], envFrom = [], volumeMounts = [] } = container;
  const counted = { command: container.command ?? [], args: container.args ?? [], envFrom };
  return [
    line(`container/${name}`),
    line("image", `${name} ${image}`),
    line("imagePullPolicy", `${name} ${imagePullPolicy}`),
    ...Object.entries(counted).flatMap(([field, list]) =>
      list.length === 0 ? [] : [line(field, `${name} ${list.length}`)],
    ),
    ...env.map((variable) => line(`env/${variable.name}`, name)),
    ...volumeMounts.map(({ mountPath }) => line(`mount/${mountPath}`, name)),
    ...Object.keys(resources?.limits ?? {}).map((key) => line("resources", `${name} limits ${key}`)),
    ...Object.keys(resources?.requests ?? {}).map((key) => line("resources", `${name} requests ${key}`)),
  ];
}

/** What the webhook of the workload's own cloud identity adds. */
const BY_IDENTITY = {
  aws: ["env/AWS_*", "volume/aws-iam-token", "mount//var/run/secrets/eks.amazonaws.com/serviceaccount"],
  azure: ["env/AZURE_*", "volume/azure-*", "mount//var/run/secrets/azure/*"],
} as const;

/** As `injections.expected` of the SecurityBaseline lists them. */
export function expectedByIdentity({ spec }: Pick<ExpandInput, "spec">): readonly string[] {
  const { aws, azure } = spec.identity ?? {};
  return [...(aws === undefined ? [] : BY_IDENTITY.aws), ...(azure === undefined ? [] : BY_IDENTITY.azure)];
}

/** The value of the annotation. */
export const declaredAnnotation = (input: ExpandInput, pod: PodSpec): string =>
  [declaredPod(pod), ...expectedByIdentity(input).map((entry) => `${EXPECTED_MARK}${entry}`)].join("\n");

/** Before an addition that is expected on this pod alone. */
export const EXPECTED_MARK = "+";
