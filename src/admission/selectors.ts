/**
 * Selectors that cannot match a pod of a workload. Its labels are known: nobody can add one to a live pod (`palisade-pods`), and those that workloads
 * hand on stand on their namespace. So whoever asks for any other label, or for another value of one of these, means other pods.
 */
import { HANDED_LABELS_ANNOTATION, MANAGED_BY_LABEL, NAME_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { CONTROLLER_LABELS } from "../kubernetes/controller-labels.ts";
import { INHERITED_LABELS } from "../names.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { isWorkload, WORKLOADS } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isEveryName, namespaceList, protects } from "./request.ts";

const KNOWN = celList([
  WORKLOAD_LABEL,
  NAME_LABEL,
  MANAGED_BY_LABEL,
  ...INHERITED_LABELS,
  "azure.workload.identity/use",
  ...CONTROLLER_LABELS,
]);

/** What the functions of this file read. */
export const SELECTORS: NonNullable<AdmissionPolicy["variables"]> = [
  ...WORKLOADS,
  { name: "handed", expression: namespaceList(HANDED_LABELS_ANNOTATION) },
];

const HANDED = "variables.handed";
/** Whether pods could have the label, whatever its value. */
const couldHave = (key: string): string =>
  any(`${key} in ${KNOWN}`, `${HANDED}.contains(',' + ${key} + '=')`, isEveryName(HANDED));

/** Whether a requirement of `key` to have `value` keeps all of our pods out. */
const excludes = (key: string, value: string): string =>
  any(
    all(`!(${key} in ${KNOWN})`, `!(${protects(HANDED, `${key} + '=' + ${value}`)})`),
    all(`${key} == ${celText(NAME_LABEL)}`, `!(${isWorkload(value)})`),
    all(`${key} == ${celText(MANAGED_BY_LABEL)}`, `${value} != 'palisade'`),
  );

/** For a selector that is a map of labels, a Service's. */
export const mapExcludesOurs = (map: string): string => `${map}.exists(k, ${excludes("k", `${map}[k]`)})`;

const MANAGED_BY_US = `k == ${celText(MANAGED_BY_LABEL)}`;

/** Whether a map of labels asks for one that only Palisade gives: whoever wrote it means a workload's pods. */
export const mapAsksForOurs = (map: string): string =>
  `${map}.exists(k, ${any(`k == ${celText(WORKLOAD_LABEL)}`, all(MANAGED_BY_US, `${map}[k] == 'palisade'`))})`;

/** The same of a LabelSelector, as `asksForOurLabels` of src/foreign says it. */
export const selectorAsksForOurs = (selector: string): string =>
  any(
    mapAsksForOurs(`${selector}.?matchLabels.orValue({})`),
    `${selector}.?matchExpressions.orValue([]).exists(e, ${all(
      "e.operator in ['In', 'Exists']",
      any(
        `e.key == ${celText(WORKLOAD_LABEL)}`,
        all(`e.key == ${celText(MANAGED_BY_LABEL)}`, "'palisade' in e.?values.orValue([])"),
      ),
    )})`,
  );

/** For a LabelSelector. Whatever it says of a label by `NotIn` or `DoesNotExist` keeps none of our pods out for sure. */
export const selectorExcludesOurs = (selector: string): string =>
  any(
    mapExcludesOurs(`${selector}.?matchLabels.orValue({})`),
    `${selector}.?matchExpressions.orValue([]).exists(e, ${any(
      all("e.operator == 'Exists'", `!(${couldHave("e.key")})`),
      all("e.operator == 'In'", `e.values.all(v, ${excludes("e.key", "v")})`),
    )})`,
  );
