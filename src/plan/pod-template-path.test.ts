import { expect, test } from "@jest/globals";
import { isInTemplate } from "./pod-template-path.ts";

test.each([
  { path: ["spec", "template", "spec", "hostPID"], inside: true },
  { path: ["spec", "jobTemplate"], inside: true },
  { path: ["spec", "replicas"], inside: false },
  { path: ["metadata", "template"], inside: false },
  { path: [], inside: false },
])("$path is in a pod template: $inside", ({ path, inside }) => {
  expect(isInTemplate(path)).toBe(inside);
});
