/** Label selectors as the API server evaluates them (metav1.LabelSelector). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A plain set of labels as a query of the API server, and kubectl, take it: `app=web,tier=front`. */
export const selectorText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The labels that a selector asks for, or asks not to be there. */
export const selectorKeys = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly string[] => [
  ...Object.keys(matchLabels),
  ...matchExpressions.map(({ key }) => key),
];

/**
 * Whether `selector` could match an object with these labels. The values of `unknownKeys` are set by a controller and not
 * known here; anything said about them counts as a match, since the question is asked to find what must not select us.
 */
export function couldMatch(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
  unknownKeys: readonly string[] = [],
): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  // Asked for each policy and each pair of pods: nothing is made for it.
  for (const key in matchLabels) if (labels[key] !== matchLabels[key] && !unknownKeys.includes(key)) return false;
  return matchExpressions.every((requirement) =>
    unknownKeys.includes(requirement.key)
      ? requirement.operator !== "DoesNotExist"
      : meets(labels[requirement.key], requirement),
  );
}

/** Whether a label's value, undefined if it has none, meets one of `matchExpressions`; `ifUnknown` for an operator of a newer API. */
export function meets(
  value: string | undefined,
  { operator, values = [] }: { readonly operator: string; readonly values?: readonly string[] },
  ifUnknown = true,
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
      return ifUnknown;
  }
}
