/** What of a pod breaks the rules that the operator enforces: `src/policies`, as they are. Pure. */
import type { Step } from "../../manifests/parse.ts";
import { POD_POLICIES, type Policy } from "../../policies/index.ts";
import type { Breach } from "../facts/model.ts";
import type { PodSource } from "../facts/pod-source.ts";
import type { PodView } from "../facts/pod-view.ts";
import { list, type Raw, record, scalar } from "../raw.ts";
import type { Severity } from "../severity.ts";

/** Each broken rule once for each place. */
export const podBreaches = ({ spec, raw, annotations }: PodSource, { at }: PodView): readonly Breach[] => [
  ...POD_POLICIES.flatMap(({ id, check }) =>
    check(spec).map(({ path, message }) => ({
      rule: id,
      words: `${path} ${message}`.trim(),
      place: at(...stepsOf(path, raw)),
    })),
  ),
  ...Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR) && !/^(runtime\/default$|localhost\/)/.test(value))
    .map(([key]) => ({ rule: "apparmor-runtime-default", words: `annotation ${key}`, place: at() })),
];

/** As it was said before it was a field, and still counts. */
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

const SEGMENT = /\.?([A-Za-z]+)(?:\[([A-Za-z]+)=((?:[^\]]|\](?!\.|$|\[))*)\])?/y;

/** `containers[name=web].image` as steps into a pod spec; as far as it goes where the path does not. */
function stepsOf(path: string, spec: Raw): readonly Step[] {
  const steps: Step[] = [];
  let value: unknown = spec;
  const segment = new RegExp(SEGMENT);
  for (let found = segment.exec(path); found !== null; found = segment.exec(path)) {
    const [, field = "", key, wanted] = found;
    steps.push(field);
    value = record(value)[field];
    if (key === undefined) continue;
    const index = list(value).findIndex((one) => scalar(record(one)[key]) === wanted);
    if (index < 0) return steps;
    steps.push(index);
    value = list(value)[index];
  }
  return steps;
}

const hasSource = ({ sources }: Policy, pattern: RegExp): boolean =>
  sources.some(({ framework, control }) => framework === "pss" && pattern.test(String(control)));

export const POD_RULES: ReadonlyMap<string, Policy> = new Map(POD_POLICIES.map((policy) => [policy.id, policy]));

/** That the runtime's own profile, or no drop at all, holds is what the baseline allows. */
const ALLOWED_AT_BASELINE = /capabilities\.drop |^seccomp|seccompProfile/;

/** What Pod Security's baseline refuses is worse than what its `restricted` does. */
export function severityOfRule({ rule, words }: Pick<Breach, "rule" | "words">): Severity {
  const policy = POD_RULES.get(rule);
  if (policy === undefined) return "info";
  if (hasSource(policy, /^Baseline/) && !ALLOWED_AT_BASELINE.test(words)) return "medium";
  const isPublished = policy.sources.some(({ framework }) => ["pss", "cis", "nsa", "owasp"].includes(framework));
  return isPublished ? "low" : "info";
}
