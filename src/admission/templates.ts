/** The pod that an object is, or makes others of. */
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { all, any } from "../policies/cel.ts";
import type { ResourceRule } from "./policy.ts";
import type { Side } from "./request.ts";

const controllersIn = (group: string): readonly string[] =>
  CONTROLLER_KINDS.filter(({ resource }) => resource.group === group).map(({ resource }) => resource.plural);

/** Every built-in kind that is a pod or makes pods. */
export const POD_MAKERS: readonly ResourceRule[] = [
  {
    apiGroups: [""],
    operations: ["CREATE", "UPDATE"],
    resources: ["pods", "podtemplates", "replicationcontrollers"],
  },
  { apiGroups: ["apps"], operations: ["CREATE", "UPDATE"], resources: [...controllersIn("apps"), "replicasets"] },
  { apiGroups: ["batch"], operations: ["CREATE", "UPDATE"], resources: controllersIn("batch") },
];

/** The pod spec of any of them, or an empty map. */
export const podSpecOf = (side: Side): string => {
  const at = (...path: readonly string[]): string => [side, ...path].join(".?");
  const nested = [
    ["spec", "jobTemplate", "spec", "template", "spec"],
    ["spec", "template", "spec"],
    ["template", "spec"],
  ];
  const found = nested.map((path) => at(...path)).reduce((first, next) => `${first}.or(${next})`);
  return `(${side} == null ? {} : request.resource.resource == 'pods' ? ${at("spec")}.orValue({}) : ${found}.orValue({}))`;
};

/** `serviceAccount` is the older name of the same field, kept equal by the API server. */
export const accountOf = (pod: string): string => `${pod}.?serviceAccountName.orValue('default')`;

export const isTemplateOrPod = any(
  "request.resource.group in ['apps', 'batch']",
  all(
    "request.resource.group == ''",
    "request.resource.resource in ['pods', 'podtemplates', 'replicationcontrollers']",
  ),
);
