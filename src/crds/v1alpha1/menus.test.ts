/** What the menus promise, whatever is added to them. */
import { expect, test } from "@jest/globals";
import { ACCELERATOR_NAMES, ACCELERATORS, TOLERATIONS } from "./placement-menu.ts";
import { PRIORITIES } from "./priority.ts";

test("no toleration reaches further than one key and new pods", () => {
  for (const { key, operator, value, effect } of TOLERATIONS) {
    expect(key).toMatch(/^[a-z0-9.-]+\/[a-z0-9.-]+$/);
    expect(key).not.toMatch(/^node(-role)?[.]kubernetes[.]io/);
    expect(operator === "Exists" ? value === undefined : value !== undefined).toBe(true);
    expect(effect).toBe("NoSchedule");
  }
});

test("every accelerator names its resource, a label for its model, and whose they are", () => {
  for (const name of ACCELERATOR_NAMES) {
    const { resource, modelLabels, sources } = ACCELERATORS[name];
    expect(resource).toContain("/");
    expect(modelLabels.length).toBeGreaterThan(0);
    expect(sources.length).toBeGreaterThan(0);
  }
});

test("no priority is one of the system's, and each still gets a node from a cluster autoscaler", () => {
  for (const { className, value } of Object.values(PRIORITIES)) {
    expect(className).toMatch(/^palisade-/);
    expect(value).toBeGreaterThanOrEqual(-10);
    expect(value).toBeLessThan(1_000_000_000);
  }
  expect(PRIORITIES.Low.value).toBeLessThan(PRIORITIES.Normal.value);
  expect(PRIORITIES.Normal.value).toBeLessThan(PRIORITIES.High.value);
});
