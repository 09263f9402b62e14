/** Recognises what the API server, `kubectl` or a status said, and answers with the topics it is about. Pure. */
import { refusals, topics } from "./catalogue.ts";
import { namesLike, topicsCalled } from "./find.ts";
import type { Topic } from "./topic.ts";

/** Topics that the text names, the most telling first; empty for a text that says nothing of Palisade's. */
export function topicsIn(text: string): readonly Topic[] {
  const said = text.replace(/\s+/g, " ");
  const found = [
    ...rulesIn(said),
    ...brokenFieldsIn(said),
    ...namedFieldsIn(said),
    ...policiesIn(said),
    ...reasonsIn(said),
  ];
  return [...new Set(found)];
}

/** Refusals and findings write `(rule read-only-root)`. */
const rulesIn = (said: string): readonly Topic[] =>
  [...said.matchAll(/\brule ([a-z][a-z-]+)/g)].flatMap(([, id = ""]) => named("Rule", id));

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
  const paths = [...said.matchAll(/\bspec(?:\.\w+|\[[^\]]*\])+/g)].map(([path]) => path);
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
