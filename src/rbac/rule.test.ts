import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { allows, beyond, type Rule, rulesFrom } from "./rule.ts";

const rules = (...stored: Partial<Rule>[]): readonly Rule[] => rulesFrom(stored);
const core = (verbs: string[], resources: string[], resourceNames: string[] = []): Partial<Rule> => ({
  verbs,
  apiGroups: [""],
  resources,
  resourceNames,
});

test.each([
  { name: "the same rule", owned: core(["get"], ["pods"]), wanted: core(["get"], ["pods"]), covered: true },
  { name: "another verb", owned: core(["get"], ["pods"]), wanted: core(["list"], ["pods"]), covered: false },
  {
    name: "another group",
    owned: { ...core(["get"], ["pods"]), apiGroups: ["apps"] },
    wanted: core(["get"], ["pods"]),
    covered: false,
  },
  { name: "a star over a verb", owned: core(["*"], ["pods"]), wanted: core(["list"], ["pods"]), covered: true },
  {
    name: "a verb under a star",
    owned: core(["get", "list", "watch"], ["pods"]),
    wanted: core(["*"], ["pods"]),
    covered: false,
  },
  {
    name: "a subresource of a resource",
    owned: core(["get"], ["pods"]),
    wanted: core(["get"], ["pods/log"]),
    covered: false,
  },
  {
    name: "a star over a subresource",
    owned: core(["get"], ["*"]),
    wanted: core(["get"], ["pods/log"]),
    covered: true,
  },
  {
    name: "*/scale over a scale",
    owned: core(["get"], ["*/scale"]),
    wanted: core(["get"], ["deployments/scale"]),
    covered: true,
  },
  {
    name: "*/scale over a log",
    owned: core(["get"], ["*/scale"]),
    wanted: core(["get"], ["pods/log"]),
    covered: false,
  },
  { name: "one name of all", owned: core(["get"], ["pods"]), wanted: core(["get"], ["pods"], ["a"]), covered: true },
  { name: "all names of one", owned: core(["get"], ["pods"], ["a"]), wanted: core(["get"], ["pods"]), covered: false },
  {
    name: "another name",
    owned: core(["get"], ["pods"], ["a"]),
    wanted: core(["get"], ["pods"], ["b"]),
    covered: false,
  },
  {
    name: "a URL below",
    owned: { verbs: ["get"], nonResourceURLs: ["/api/*"] },
    wanted: { verbs: ["get"], nonResourceURLs: ["/api/v1"] },
    covered: true,
  },
  {
    name: "the URL itself without its slash",
    owned: { verbs: ["get"], nonResourceURLs: ["/api/*"] },
    wanted: { verbs: ["get"], nonResourceURLs: ["/api"] },
    covered: false,
  },
  {
    name: "every URL",
    owned: { verbs: ["*"], nonResourceURLs: ["*"] },
    wanted: { verbs: ["post"], nonResourceURLs: ["/metrics"] },
    covered: true,
  },
  {
    name: "a URL of a rule on resources",
    owned: core(["*"], ["*"]),
    wanted: { verbs: ["get"], nonResourceURLs: ["/metrics"] },
    covered: false,
  },
])("$name: covered is $covered", ({ owned, wanted, covered }) => {
  expect(beyond(rules(wanted), rules(owned)).length === 0).toBe(covered);
});

test("what is left over is said in few rules", () => {
  const wanted = core(["get", "list", "delete"], ["pods", "secrets"]);
  const owned = rules(core(["get", "list"], ["pods"]));
  expect(beyond(rules(wanted), owned)).toEqual(
    rules(core(["delete"], ["pods", "secrets"]), core(["get", "list"], ["secrets"])),
  );
});

test("a rule that grants nothing is none", () => {
  expect(rules({ verbs: [] }, { verbs: ["get"] }, { verbs: ["get"], apiGroups: [""] }, core([], ["pods"]))).toEqual([]);
});

test("a rule of a hundred thousand million permissions is compared at once", () => {
  const many = (what: string): string[] => Array.from({ length: 3_000 }, (_, index) => `${what}${index}`);
  const huge = { verbs: many("v"), apiGroups: many("g"), resources: many("r") };
  const before = performance.now();
  expect(beyond(rules(huge), rules({ ...huge, verbs: ["v1"] }))).toHaveLength(1);
  expect(performance.now() - before).toBeLessThan(500);
});

// ---- the API server's own comparison, which breaks each rule down ----

const of = <T>(values: readonly T[], max = 3) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max });
const resourceRule: fc.Arbitrary<Partial<Rule>> = fc.record({
  verbs: of(["get", "list", "*"]),
  apiGroups: of(["", "apps", "*"]),
  resources: of(["pods", "pods/log", "deployments/scale", "*/scale", "*/log", "*"]),
  resourceNames: fc.oneof(fc.constant([]), of(["a", "b"], 2)),
});
const urlRule: fc.Arbitrary<Partial<Rule>> = fc.record({
  verbs: of(["get", "post", "*"]),
  nonResourceURLs: of(["/api", "/api/*", "/api/v1", "/api*", "*", "/metrics"]),
});
const someRules = fc.array(fc.oneof(resourceRule, urlRule), { maxLength: 4 }).map(rulesFrom);

function brokenDown({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): readonly Rule[] {
  const names: readonly (readonly string[])[] = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  const single = (part: Partial<Rule>): Rule => ({
    verbs: [],
    apiGroups: [],
    resources: [],
    resourceNames: [],
    nonResourceURLs: [],
    ...part,
  });
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        names.map((name) => single({ verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: name })),
      ),
    ),
    ...nonResourceURLs.map((url) => single({ verbs: [verb], nonResourceURLs: [url] })),
  ]);
}

function coversSingle(owner: Rule, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): boolean {
  const has = (owned: readonly string[], wanted: readonly string[]): boolean =>
    owned.includes("*") || wanted.every((value) => owned.includes(value));
  const [resource = ""] = resources;
  const [url] = nonResourceURLs;
  return (
    has(owner.verbs, verbs) &&
    has(owner.apiGroups, apiGroups) &&
    (has(owner.resources, resources) ||
      (resource.includes("/") && owner.resources.includes(`*/${resource.split("/")[1]}`))) &&
    (owner.resourceNames.length === 0 ||
      (resourceNames.length > 0 && resourceNames.every((name) => owner.resourceNames.includes(name)))) &&
    (url === undefined ||
      owner.nonResourceURLs.some(
        (owned) => owned === url || (owned.endsWith("*") && url.startsWith(owned.slice(0, -1))),
      ))
  );
}

const keys = (list: readonly Rule[]): readonly string[] =>
  [...new Set(list.flatMap(brokenDown).map((single) => JSON.stringify(single)))].sort();

test("what goes beyond is exactly what the API server's comparison leaves uncovered", () => {
  fc.assert(
    fc.property(someRules, someRules, (wanted, owned) => {
      const uncovered = wanted
        .flatMap(brokenDown)
        .filter((single) => !owned.some((owner) => coversSingle(owner, single)));
      expect(keys(beyond(wanted, owned))).toEqual(keys(uncovered));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { rule: core(["*"], ["*"]), ask: { verb: "get", group: "", resource: "pods/exec" }, answer: true },
  { rule: core(["get"], ["pods"]), ask: { verb: "get", group: "", resource: "pods/exec" }, answer: false },
  { rule: core(["get"], ["*/exec"]), ask: { verb: "get", group: "", resource: "pods/exec" }, answer: true },
  { rule: core(["get"], ["pods/*"]), ask: { verb: "get", group: "", resource: "pods/exec" }, answer: false },
  { rule: core(["get"], ["secrets"]), ask: { verb: "get", group: "apps", resource: "secrets" }, answer: false },
])("a rule is asked as the authorizer does", ({ rule, ask, answer }) => {
  expect(rules(rule).some((one) => allows(one, ask))).toBe(answer);
});
