/** What `palisade explain` answers: every name of the reference pages, and refusals as they are pasted. */
import { describe, expect, test } from "@jest/globals";
import { CONDITION_TYPES, REASONS } from "../crds/v1alpha1/conditions.ts";
import { POD_POLICIES } from "../policies/index.ts";
import { ADMISSION_POLICIES } from "../reconcilers/admission/policies.ts";
import { refusals, topics } from "./explain/catalogue.ts";
import { namesLike, topicsCalled } from "./explain/find.ts";
import { topicsIn } from "./explain/refusal.ts";

const found = (asked: string) =>
  topicsCalled(asked).map(({ kind, name, of }) => [kind, name, of ?? ""].join(" ").trim());
const recognised = (text: string) => topicsIn(text).map(({ kind, name }) => `${kind} ${name}`);

test("finds every rule, condition, reason and policy, and says something of it", () => {
  const names = [
    ...POD_POLICIES.map(({ id }) => id),
    ...Object.keys(CONDITION_TYPES),
    ...Object.keys(REASONS),
    ...ADMISSION_POLICIES.map(({ name }) => name),
  ];
  for (const name of names) expect(topicsCalled(name).map((topic) => topic.meaning)).not.toEqual([]);
  expect(topics().filter(({ meaning }) => meaning === "")).toEqual([]);
});

test.each([
  ["spec.image", ["Field spec.image SecureWorkload"]],
  ["image", ["Field spec.image SecureWorkload"]],
  ["spec.containers[0].env[name=A].value", ["Field spec.containers[].env[].value SecureWorkload"]],
  ["sb.spec.registries", ["Field spec.registries SecurityBaseline"]],
  ["SecurityException.spec.lifts", ["Field spec.lifts SecurityException"]],
  ["registries", ["Field spec.registries SecurityBaseline"]],
  ["case 12", ["Case 12"]],
  ["NON-ROOT", ["Rule non-root"]],
])("%s is %j", (asked, expected) => {
  expect(found(asked)).toEqual(expected);
});

test("of a name that is misspelt it knows what is meant", () => {
  expect(namesLike("read-only-rot")).toContain("read-only-root");
  expect(namesLike("spec.imge")).toContain("spec.image");
  expect(namesLike("qqqqqqqqqqqq")).toEqual([]);
});

describe("a refusal that is pasted", () => {
  test.each([
    [
      "a rule of the pod baseline",
      `Error from server (Forbidden): error when creating "x.yaml": deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'palisade-pod-baseline-templates' with binding 'palisade-pod-baseline-templates' denied request: palisade: Root file systems must be read-only (rule read-only-root).`,
      ["Rule read-only-root", "Policy palisade-pod-baseline-templates"],
    ],
    [
      "a rule of the schema",
      `The SecureWorkload "web" is invalid: spec.image: Invalid value: "string": image must not have the tag latest, which can change at any time: write the version or a digest`,
      ["Field spec.image"],
    ],
    [
      "Pod Security of Kubernetes",
      `pods "web" is forbidden: violates PodSecurity "restricted:v1.36": host namespaces (hostNetwork=true), unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)`,
      ["Rule no-host-namespaces", "Rule drop-capabilities", "Rule non-root"],
    ],
    [
      "an event of a correction",
      "Warning  DriftCorrected  Reverted a change of Deployment/web: spec.template.spec.containers[name=miner] (drift case 1)",
      ["Case 1"],
    ],
    [
      "what convert leaves to a person",
      "decide: web: access.inbound: nothing in these files calls port 80",
      ["Field spec.access.inbound"],
    ],
    [
      "the same in a file",
      "# TODO env[TOKEN]: has no value here\n# TODO image: latest",
      ["Field spec.env", "Field spec.image"],
    ],
    [
      "a field that kubectl does not know",
      `error validating data: [ValidationError(SecureWorkload.spec): unknown field "imge" in dev.palisade.v1alpha1.SecureWorkload.spec]`,
      ["Field spec.image"],
    ],
    [
      "a field that is missing",
      `The SecureWorkload "web" is invalid: spec.image: Required value`,
      ["Field spec.image"],
    ],
  ])("is recognised: %s", (_, text, expected) => {
    expect(recognised(text).slice(0, expected.length)).toEqual(expected);
  });

  test("names the field that is meant by one that there is not", () => {
    const text = `Error from server (BadRequest): SecureWorkload in version "v1alpha1" cannot be handled as a SecureWorkload: strict decoding error: unknown field "spec.imge"`;
    expect(recognised(text)).toContain("Field spec.image");
  });

  test("every rule of every schema is known by its own words", () => {
    for (const { path, of, message } of refusals()) {
      const names = topicsIn(`The ${of} "web" is invalid: ${message}`).map((topic) => `${topic.of} ${topic.name}`);
      expect(names).toContain(`${of} ${path === "" ? "spec" : path.replace(/\[\]$/, "")}`);
    }
  });

  test("a condition is known by its reason", () => {
    expect(recognised("Ready  False  ImageRefused  registry says no")).toEqual(["Reason ImageRefused"]);
  });

  test("a text of somebody else is nothing", () => {
    expect(recognised("segmentation fault (core dumped)")).toEqual([]);
  });
});
