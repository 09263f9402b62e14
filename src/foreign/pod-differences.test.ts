import { expect, test } from "@jest/globals";
import { addedBeside, changeIn } from "./pod-differences.ts";

test.each([
  { name: "another image", parts: ["containers[name=web].image"], driftCase: "21" },
  { name: "a deadline", parts: ["activeDeadlineSeconds"], driftCase: "21" },
  { name: "an ephemeral container", parts: ["ephemeralContainers[name=sh]"], driftCase: "3" },
  { name: "other resources", parts: ["containers[name=web].resources"], driftCase: "17" },
  { name: "what no dry run shows", parts: ["hostPID"], driftCase: "73" },
  { name: "an image beside what nobody can change", parts: ["containers[name=web].image", "hostPID"], driftCase: "73" },
])("$name is case $driftCase", ({ parts, driftCase }) => {
  const fields = parts.map((part) => `spec.${part}`);
  expect(changeIn(parts, { isMadeByController: true })).toEqual({ driftCase, fields });
});

test("what somebody created by hand is case 24", () => {
  expect(changeIn(["hostPID"], { isMadeByController: false })).toEqual({ driftCase: "24", fields: ["spec.hostPID"] });
});

test("tolerations that were added count only where no template has them", () => {
  const templates = [{ tolerations: ["gpu Exists   for ever"] }];
  expect(addedBeside({ addedTolerations: ["gpu Exists   for ever"] }, templates)).toBeUndefined();
  expect(addedBeside({ addedTolerations: [" Exists   for ever"] }, templates)).toEqual({
    driftCase: "14",
    fields: ["spec.tolerations"],
  });
});
