/** Which objects a handler is for. */
import type { KubeObject } from "./object.ts";

export const PRESENT = Symbol("present");
export const ABSENT = Symbol("absent");

export type Expectation = string | typeof PRESENT | typeof ABSENT | ((value: string | undefined) => boolean);

export interface Filters {
  readonly labels?: Readonly<Record<string, Expectation>>;
  readonly annotations?: Readonly<Record<string, Expectation>>;
  readonly when?: (object: KubeObject) => boolean;
}

export function matches(object: KubeObject, { labels, annotations, when }: Filters): boolean {
  return (
    meetsAll(object.metadata.labels, labels) &&
    meetsAll(object.metadata.annotations, annotations) &&
    (when === undefined || when(object))
  );
}

function meetsAll(
  values: Readonly<Record<string, string>> | undefined,
  expected: Readonly<Record<string, Expectation>> | undefined,
): boolean {
  return Object.entries(expected ?? {}).every(([key, expectation]) => meets(values?.[key], expectation));
}

function meets(value: string | undefined, expectation: Expectation): boolean {
  if (expectation === PRESENT) return value !== undefined;
  if (expectation === ABSENT) return value === undefined;
  return typeof expectation === "function" ? expectation(value) : value === expectation;
}
