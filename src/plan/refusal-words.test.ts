import { expect, test } from "@jest/globals";
import { podNamedIn, refusalWords } from "./refusal-words.ts";

const QUOTA = "is forbidden: exceeded quota: none, requested: pods=1, used: pods=0,requests.cpu=3, limited: pods=0";
const SAID = "is forbidden: exceeded quota: none, requested: pods=1, limited: pods=0";

test.each([
  { of: "a DaemonSet", message: `Error creating: pods "agent-x7k2p" ${QUOTA}`, words: `pods "agent-…" ${SAID}` },
  {
    of: "many tries",
    message: `(combined from similar events): Error creating: pods "agent-b2kxz" ${QUOTA}`,
    words: `pods "agent-…" ${SAID}`,
  },
  {
    of: "a StatefulSet",
    message: `create Pod db-0 in StatefulSet db failed error: pods "db-0" ${QUOTA}`,
    words: `pods "db-0" ${SAID}`,
  },
  {
    of: "a claim",
    message:
      'create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is forbidden',
    words: 'persistentvolumeclaims "data-db-0" is forbidden',
  },
  {
    of: "a run",
    message: 'Error creating job: jobs.batch "nightly-29273640" is forbidden: exceeded quota: none',
    words: 'jobs.batch "nightly-29273640" is forbidden: exceeded quota: none',
  },
  {
    of: "a value that is quoted",
    message: 'Pod "web-0" is invalid: spec.containers[0].env[0].value: Invalid value: "pass\\"word": too long',
    words: 'Pod "web-0" is invalid: spec.containers[0].env[0].value: Invalid value: …: too long',
  },
  {
    of: "a structure",
    message: 'Pod "web-0" is invalid: spec: Invalid value: core.PodSpec{Env: "password"}: too long',
    words: 'Pod "web-0" is invalid: spec: Invalid value: …',
  },
])("the refusal of $of", ({ message, words }) => {
  expect(refusalWords(message)).toBe(words);
});

test("a StatefulSet names the pod that it could not make", () => {
  expect(podNamedIn(`create Pod db-0 in StatefulSet db failed error: ${QUOTA}`)).toBe("db-0");
  expect(podNamedIn("create Claim data-db-1 for Pod db-1 in StatefulSet db failed error: no")).toBe("db-1");
  expect(podNamedIn(`Error creating: pods "agent-x7k2p" ${QUOTA}`)).toBeUndefined();
});
