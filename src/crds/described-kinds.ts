/** Palisade's kinds with what their statuses say, as the reference and `explain` describe them. */
import { SECURE_WORKLOAD_KIND, SECURITY_BASELINE_KIND, SECURITY_EXCEPTION_KIND } from "./custom-kinds.ts";
import type { CustomKind } from "./custom-resource-definition.ts";
import { BASELINE_CONDITION_TYPES, BASELINE_REASONS } from "./v1alpha1/baseline-conditions.ts";
import { CONDITION_TYPES, REASONS } from "./v1alpha1/conditions.ts";
import { EXCEPTION_CONDITION_TYPES, EXCEPTION_REASONS } from "./v1alpha1/exception-conditions.ts";

export interface DescribedKind {
  readonly kind: CustomKind;
  /** Of the reference. */
  readonly page: string;
  readonly conditions: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, string>>;
}

/** A name that several have is looked for in this order. */
export const DESCRIBED_KINDS: readonly DescribedKind[] = [
  {
    kind: SECURE_WORKLOAD_KIND,
    page: "docs/reference/secure-workload.md",
    conditions: CONDITION_TYPES,
    reasons: REASONS,
  },
  {
    kind: SECURITY_BASELINE_KIND,
    page: "docs/reference/security-baseline.md",
    conditions: BASELINE_CONDITION_TYPES,
    reasons: BASELINE_REASONS,
  },
  {
    kind: SECURITY_EXCEPTION_KIND,
    page: "docs/reference/security-exception.md",
    conditions: EXCEPTION_CONDITION_TYPES,
    reasons: EXCEPTION_REASONS,
  },
];
