/** Recognises what the API server, `kubectl` or a status said, and answers with the topics it is about. Pure. */
import { refusals, topics } from "./catalogue.ts";
import { namesLike, topicsCalled } from "./find.ts";
import type { Topic } from "./topic.ts";

/** Topics that the text names, the most telling first; empty for a text that says nothing of Palisade's. */
export function topicsIn(text: string): readonly Topic[] {
  const said = text.replace(/\s+/g, " ");
  const found = [
    ...rulesIn(said),
    ...podSecurityIn(said),
    ...brokenFieldsIn(said),
    ...namedFieldsIn(said),
    ...policiesIn(said),
    ...reasonsIn(said),
    ...decisionsIn(said),
    ...casesIn(said),
  ];
  return [...new Set(found)];
}

/** Refusals and findings write `(rule read-only-root)`. */
const rulesIn = (said: string): readonly Topic[] =>
  [...said.matchAll(/\brule ([a-z][a-z-]+)/g)].flatMap(([, id = ""]) => named("Rule", id));

/** What Pod Security says of a pod, and the rule that demands the same. */
const OF_POD_SECURITY: readonly (readonly [RegExp, string])[] = [
  [/host namespaces/, "no-host-namespaces"],
  [/hostProcess/, "linux-only"],
  [/must not set securityContext\.privileged=true/, "not-privileged"],
  [/allowPrivilegeEscalation != false/, "no-privilege-escalation"],
  [/(unrestricted|non-default) capabilities/, "drop-capabilities"],
  [/hostPath volumes|restricted volume types/, "safe-volumes"],
  [/hostPort/, "no-host-ports"],
  [/probe or lifecycle host/, "no-probe-hosts"],
  [/runAsNonRoot != true|runAsUser=0/, "non-root"],
  [/seccompProfile/, "seccomp-runtime-default"],
  [/seLinuxOptions/, "no-selinux-options"],
  [/AppArmor profile/, "apparmor-runtime-default"],
  [/forbidden sysctls/, "safe-sysctls"],
  [/procMount/, "default-proc-mount"],
];

const podSecurityIn = (said: string): readonly Topic[] =>
  /violates? PodSecurity/.test(said)
    ? OF_POD_SECURITY.flatMap(([words, id]) => (words.test(said) ? named("Rule", id) : []))
    : [];

/** What `convert` leaves to a person begins with the field, where it is printed and where it stands in a file. */
const decisionsIn = (said: string): readonly Topic[] =>
  [...said.matchAll(/(?:\bdecide: [\w-]+: |# TODO )([A-Za-z][\w.]*(?:\[[^\]]*\][\w.]*)*):/g)].flatMap(([, path = ""]) =>
    topicsCalled(`sw.spec.${path}`).filter(({ kind }) => kind === "Field"),
  );

/** Events write `(drift case 1)`. */
const casesIn = (said: string): readonly Topic[] =>
  [...said.matchAll(/\bdrift case (\d+)/g)].flatMap(([, number = ""]) => named("Case", number));

const named = (kind: Topic["kind"], name: string): readonly Topic[] =>
  topics().filter((topic) => topic.kind === kind && topic.name === name);

/** A rule of the schema is known by its words. */
const brokenFieldsIn = (said: string): readonly Topic[] =>
  refusals()
    .filter(({ message }) => said.includes(message.replace(/\s+/g, " ")))
    .flatMap(({ path, of }) =>
      topicsCalled(`${of}.${path === "" ? "spec" : path}`).filter(({ kind }) => kind === "Field"),
    );

/** `spec.image: Required value`, `unknown field "spec.template"`: of a field that there is not, what may be meant. */
function namedFieldsIn(said: string): readonly Topic[] {
  if (!/secure-?workload|securitybaseline|securityexception|unknown field/i.test(said)) return [];
  const kind = /securitybaseline/i.test(said) ? "sb" : /securityexception/i.test(said) ? "sx" : "sw";
  const below = [...said.matchAll(/ValidationError\(\w+\.([\w.[\]]+)\): unknown field "(\w+)"/g)];
  const paths = [
    ...[...said.matchAll(/\bspec(?:\.\w+|\[[^\]]*\])+/g)].map(([path]) => path),
    ...below.map(([, path = "", field = ""]) => `${path}.${field}`),
  ];
  return [...new Set(paths)].flatMap((path) => fieldOrLike(kind, path));
}

function fieldOrLike(kind: string, path: string): readonly Topic[] {
  const found = topicsCalled(`${kind}.${path}`);
  if (found.length > 0) return found;
  const parent = path.replace(/(\.\w+|\[[^\]]*\])$/, "");
  return [...namesLike(path).flatMap((name) => topicsCalled(name)), ...topicsCalled(`${kind}.${parent}`)].filter(
    ({ kind: found }) => found === "Field",
  );
}

/** `ValidatingAdmissionPolicy 'palisade-pods' with binding … denied request`. */
const policiesIn = (said: string): readonly Topic[] =>
  [...said.matchAll(/\bpalisade-[a-z-]+\b/g)].flatMap(([name]) => named("Policy", name));

/** Conditions as kubectl prints them: `Stalled True ImageRefused`, or `reason: ImageRefused`. */
function reasonsIn(said: string): readonly Topic[] {
  const words = new Set([...said.matchAll(/\b[A-Z][a-z]+(?:[A-Z][A-Za-z]+)+\b/g)].map(([word]) => word));
  return topics().filter(({ kind, name }) => (kind === "Reason" || kind === "Condition") && words.has(name));
}
