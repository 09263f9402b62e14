/** Label selectors as the API server evaluates them (metav1.LabelSelector). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * Whether `selector` could match an object with these labels. The values of `unknownKeys` are set by a controller and not
 * known here; anything said about them counts as a match, since the question is asked to find what must not select us.
 */
export function couldMatch(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
  unknownKeys: readonly string[] = [],
): boolean {
  const byLabels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  return [...byLabels, ...(selector.matchExpressions ?? [])].every((requirement) =>
    unknownKeys.includes(requirement.key)
      ? requirement.operator !== "DoesNotExist"
      : meets(labels[requirement.key], requirement),
  );
}

function meets(
  value: string | undefined,
  { operator, values = [] }: { readonly operator: string; readonly values?: readonly string[] },
): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      // An operator of a newer API: it might match.
      return true;
  }
}
