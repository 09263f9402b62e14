import { expect, test } from "@jest/globals";
import { podParts } from "../pod-parts.ts";
import { addedBeside, changeOf } from "./pod-changes.ts";

const web = { name: "web", image: "registry.example.com/web:1", resources: { limits: { cpu: "1" } } };
const SPEC = { containers: [web], serviceAccountName: "web", schedulerName: "default-scheduler" };
const template = { parts: podParts(SPEC) };
const pod = (spec: object, isMadeByController = true) => ({ parts: podParts(spec), isMadeByController });

test.each([
  { name: "nothing, of a pod as its template says", live: pod(SPEC), expected: undefined },
  {
    name: "nothing, of what the scheduler and admission fill in",
    live: pod({ ...SPEC, nodeName: "n", priority: 0, preemptionPolicy: "Never", hostname: "web-0", tolerations: [{}] }),
    expected: undefined,
  },
  {
    name: "another image, case 21",
    live: pod({ ...SPEC, containers: [{ ...web, image: "registry.example.com/evil:1" }] }),
    expected: { driftCase: "21", fields: ["spec.containers[name=web].image"] },
  },
  {
    name: "a deadline, case 21",
    live: pod({ ...SPEC, activeDeadlineSeconds: 5 }),
    expected: { driftCase: "21", fields: ["spec.activeDeadlineSeconds"] },
  },
  {
    name: "an ephemeral container, case 3",
    live: pod({ ...SPEC, ephemeralContainers: [{ name: "sh", image: "sh" }] }),
    expected: {
      driftCase: "3",
      fields: ["spec.ephemeralContainers[name=sh]"],
    },
  },
  {
    name: "other resources, case 17",
    live: pod({ ...SPEC, containers: [{ ...web, resources: { limits: { cpu: "64" } } }] }),
    expected: { driftCase: "17", fields: ["spec.containers[name=web].resources"] },
  },
  {
    name: "what was injected on its way, case 73",
    live: pod({ ...SPEC, hostPID: true }),
    expected: { driftCase: "73", fields: ["spec.hostPID"] },
  },
  {
    name: "what somebody made, case 24",
    live: pod({ ...SPEC, hostPID: true, containers: [{ ...web, image: "x" }] }, false),
    expected: { driftCase: "24", fields: ["spec.containers[name=web].image", "spec.hostPID"] },
  },
])("says of a pod: $name", ({ live, expected }) => {
  const other = { parts: podParts({ ...SPEC, containers: [], dnsPolicy: "None", hostIPC: true }) };
  expect(changeOf(live, [other, template])).toEqual(expected);
});

test("tolerations that were added count only where no template has them", () => {
  const templates = [{ tolerations: ["gpu Exists   for ever"] }];
  expect(addedBeside({ addedTolerations: ["gpu Exists   for ever"] }, templates)).toBeUndefined();
  expect(addedBeside({ addedTolerations: [" Exists   for ever"] }, templates)).toEqual({
    driftCase: "14",
    fields: ["spec.tolerations"],
  });
});
