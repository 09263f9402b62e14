/** What a spec's names stand for, as if everything it names were there. */
import type { SecureWorkloadSpec } from "../../src/crds/v1alpha1/secure-workload.ts";
import { copyName, namedConfigMaps } from "../../src/expand/configs.ts";
import type { Resolution } from "../../src/expand/input.ts";

export function resolvedAll(workload: string, spec: SecureWorkloadSpec): Resolution {
  const copies = namedConfigMaps(spec).map((source) => [source, copyName(workload, source, "0".repeat(20))] as const);
  return { configs: Object.fromEntries(copies), images: {} };
}
