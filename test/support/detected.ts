/** What one detector finds, held to what it declares. */
import { expect } from "@jest/globals";
import type { Detector } from "../../src/foreign/foreign-object.ts";
import type { Governed } from "./governed.ts";

/** Each as `case Kind/key: why`. A kind or a case that the detector does not declare fails the test. */
export function detected(
  { detect, resources, driftCases }: Detector,
  world: Governed,
  name = "web",
): readonly string[] {
  return detect(world.workload(name), world.state).map(({ resource, key, driftCase, why }) => {
    expect(resources).toContain(resource);
    expect(driftCases).toContain(driftCase);
    return `${driftCase} ${resource.kind}/${key}: ${why}`;
  });
}
