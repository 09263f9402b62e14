import { expect, test } from "@jest/globals";
import { ADMISSION_POLICIES } from "../reconcilers/admission/policies.ts";
import { admissionObjects } from "./index.ts";
import { mayBeStatic, staticObjects } from "./static.ts";

const STATIC = ADMISSION_POLICIES.filter(mayBeStatic);

test.each(STATIC)("$name keeps all but its names in a folder", (policy) => {
  const unnamed = (objects: ReturnType<typeof staticObjects>): string =>
    JSON.stringify(objects).replaceAll(".static.k8s.io", "");
  expect(unnamed(staticObjects(policy))).toBe(unnamed(admissionObjects(policy)));
});

test.each(STATIC)("$name and what binds it have names that the API gives to nobody", (policy) => {
  const objects = staticObjects(policy);
  const names = objects.map(({ metadata }) => metadata.name);
  const bound = objects.flatMap((object) => (object["spec"] as { readonly policyName?: string }).policyName ?? []);
  for (const name of [...names, ...bound]) expect(name).toMatch(/\.static\.k8s\.io$/);
  expect(bound.every((name) => names.includes(name))).toBe(true);
});
