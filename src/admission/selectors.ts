/**
 * Selectors that cannot match a pod of a workload. Its labels are known: nobody can add one to a live pod (`palisade-pods`), so whoever
 * asks for any other label, or for another value of one of these, means other pods.
 */
import { MANAGED_BY_LABEL, NAME_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { CONTROLLER_LABELS } from "../reconcilers/controller-labels.ts";
import { INHERITED_LABELS } from "../reconcilers/secure-workload/resources/input.ts";
import { all, any, celList, celText } from "./cel.ts";
import { isWorkload } from "./enrolled.ts";

const KNOWN = celList([
  WORKLOAD_LABEL,
  NAME_LABEL,
  MANAGED_BY_LABEL,
  ...INHERITED_LABELS,
  "azure.workload.identity/use",
  ...CONTROLLER_LABELS,
]);

/** Whether a requirement of `key` to have `value` keeps all of our pods out. */
const excludes = (key: string, value: string): string =>
  any(
    `!(${key} in ${KNOWN})`,
    all(`${key} == ${celText(NAME_LABEL)}`, `!(${isWorkload(value)})`),
    all(`${key} == ${celText(MANAGED_BY_LABEL)}`, `${value} != 'palisade'`),
  );

/** For a selector that is a map of labels, a Service's. */
export const mapExcludesOurs = (map: string): string => `${map}.exists(k, ${excludes("k", `${map}[k]`)})`;

/** For a LabelSelector. Whatever it says of a label by `NotIn` or `DoesNotExist` keeps none of our pods out for sure. */
export const selectorExcludesOurs = (selector: string): string =>
  any(
    mapExcludesOurs(`${selector}.?matchLabels.orValue({})`),
    `${selector}.?matchExpressions.orValue([]).exists(e, ${any(
      all("e.operator == 'Exists'", `!(e.key in ${KNOWN})`),
      all("e.operator == 'In'", `e.values.all(v, ${excludes("e.key", "v")})`),
    )})`,
  );
