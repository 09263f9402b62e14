/** What of a pod breaks the rules that the operator enforces: `src/policies`, as they are. Pure. */
import type { Step } from "../../manifests/parse.ts";
import { POD_POLICIES, type PodSpec, type Policy } from "../../policies/index.ts";
import type { Breach } from "../facts/model.ts";
import type { PodSource } from "../facts/pod-source.ts";
import { CONTAINER_LISTS, type PodView } from "../facts/pod-view.ts";
import { list, type Raw, record, records, scalar, texts } from "../raw.ts";
import type { Severity } from "../severity.ts";

/** Each broken rule once for each place. */
export const podBreaches = ({ spec, raw, annotations }: PodSource, { at }: PodView): readonly Breach[] => [
  ...breachesOf(asRun(spec), raw, at),
  ...Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR) && !/^(runtime\/default$|localhost\/)/.test(value))
    .map(([key]) => ({
      rule: "apparmor-runtime-default",
      words: `annotation ${key}`,
      place: at(),
      isBelowBaseline: true,
    })),
];

function breachesOf(spec: PodSpec, raw: Raw, at: PodView["at"]): readonly Breach[] {
  return POD_POLICIES.flatMap((policy) =>
    policy.check(spec).map(({ path, message }) => {
      const { steps, value } = stepsOf(path, raw);
      return {
        rule: policy.id,
        words: `${path} ${message}`.trim(),
        place: at(...steps),
        isBelowBaseline: hasSource(policy, /^Baseline/) && !isAllowedAtBaseline(policy.id, path, value),
      };
    }),
  );
}

/** What a pod says for all of its containers counts for none where each of them says its own. */
const OVERRIDDEN = ["runAsNonRoot", "runAsGroup", "seccompProfile"];

function asRun(spec: PodSpec): PodSpec {
  const contexts = CONTAINER_LISTS.flatMap((field) =>
    records(record(spec)[field]).map((one) => record(one["securityContext"])),
  );
  const [first] = contexts;
  const own = OVERRIDDEN.filter((field) => contexts.every((one) => (one[field] ?? undefined) !== undefined));
  if (first === undefined || own.length === 0) return spec;
  const said = Object.fromEntries(own.map((field) => [field, first[field]]));
  return { ...spec, securityContext: { ...record(spec.securityContext), ...said } };
}

/** As it was said before it was a field, and still counts. */
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

const SEGMENT = /\.?([A-Za-z]+)(?:\[([A-Za-z]+)=((?:[^\]]|\](?!\.|$|\[))*)\])?/y;

/** `containers[name=web].image` as steps into a pod spec; as far as it goes where the path does not. */
function stepsOf(path: string, spec: Raw): { readonly steps: readonly Step[]; readonly value: unknown } {
  const steps: Step[] = [];
  let value: unknown = spec;
  const segment = new RegExp(SEGMENT);
  for (let found = segment.exec(path); found !== null; found = segment.exec(path)) {
    const [, field = "", key, wanted] = found;
    steps.push(field);
    value = record(value)[field];
    if (key === undefined) continue;
    const index = list(value).findIndex((one) => scalar(record(one)[key]) === wanted);
    if (index < 0) return { steps, value: undefined };
    steps.push(index);
    value = list(value)[index];
  }
  return { steps, value };
}

const hasSource = ({ sources }: Policy, pattern: RegExp): boolean =>
  sources.some(({ framework, control }) => framework === "pss" && pattern.test(String(control)));

export const POD_RULES: ReadonlyMap<string, Policy> = new Map(POD_POLICIES.map((policy) => [policy.id, policy]));

const CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const SELINUX_TYPES = /^(container(_init|_kvm|_engine)?_t)?$/;

type Allowed = (path: string, value: unknown) => boolean;

/** What Pod Security's baseline lets pass of what a rule refuses. */
const ALLOWED_AT_BASELINE: Readonly<Record<string, Allowed>> = {
  "drop-capabilities": (path, value) => path.endsWith(".drop") || texts(value).every((name) => CAPABILITIES.has(name)),
  "safe-volumes": (path) => !path.endsWith(".hostPath"),
  "seccomp-runtime-default": (_, value) => value !== "Unconfined",
  "apparmor-runtime-default": (_, value) => value === "Localhost",
  "no-selinux-options": (_, value) => {
    const { type, user, role } = record(value);
    return SELINUX_TYPES.test(scalar(type) ?? "") && [user, role].every((one) => (scalar(one) ?? "") === "");
  },
};

const isAllowedAtBaseline = (rule: string, path: string, value: unknown): boolean =>
  ALLOWED_AT_BASELINE[rule]?.(path, value) === true;

/** What Pod Security's baseline refuses is worse than what its `restricted` does. */
export function severityOfRule({ rule, isBelowBaseline }: Pick<Breach, "rule" | "isBelowBaseline">): Severity {
  const policy = POD_RULES.get(rule);
  if (policy === undefined) return "info";
  if (isBelowBaseline) return "medium";
  const isPublished = policy.sources.some(({ framework }) => ["pss", "cis", "nsa", "owasp"].includes(framework));
  return isPublished ? "low" : "info";
}
