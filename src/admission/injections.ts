/**
 * Pods that carry more than their template, where the platform team refuses them: they are never created, so nothing has to be deleted. The template
 * itself says what it declares, in an annotation that controllers copy to its pods (`expand/declared-pod.ts`).
 */
import { DECLARED_ANNOTATION, INJECTIONS_ANNOTATION } from "../crds/group.ts";
import { EXPECTED_MARK } from "../expand/declared-pod.ts";
import { type Installation, operatorUser } from "../installation.ts";
import { all, any, celText, untyped } from "../policies/cel.ts";
import { IN_ENROLLED } from "./enrolled.ts";
import type { AdmissionPolicy, Validation } from "./policy.ts";
import { isUser, mapAt, namespaceList } from "./request.ts";

const ANNOTATION = `${mapAt("object", "metadata", "annotations")}[?${celText(DECLARED_ANNOTATION)}]`;

/** Whether the template declares it, or somebody expects it. Both are CEL. */
const isDeclared = (name: string, detail?: string): string =>
  any(
    `(${[name, ...(detail === undefined ? [] : [detail])].join(" + ' ' + ")}) in variables.declared`,
    `variables.expected.exists(e, e.endsWith('*') ? (${name}).startsWith(e.substring(0, e.size() - 1)) : (${name}) == e)`,
  );

const listOf = (holder: string, field: string): string => `${holder}.?${field}.orValue([])`;
const mapOf = (holder: string, ...path: readonly string[]): string => `${[holder, ...path].join(".?")}.orValue({})`;

/** True of each container that the template declares; one that it does not is refused or expected as a whole. */
const ofEach = (holds: string): string => `variables.own.all(c, ${holds})`;
const counted = (field: string): string =>
  ofEach(
    any(
      `${listOf("c", field)}.size() == 0`,
      isDeclared(celText(field), `c.name + ' ' + string(${listOf("c", field)}.size())`),
    ),
  );
const limited = (field: string): string =>
  ofEach(`${mapOf("c", "resources", field)}.all(k, ${isDeclared("'resources'", `c.name + ' ${field} ' + k`)})`);

const refusing = (what: string, expression: string): Validation => ({
  expression: any("!variables.refused", expression),
  message: `Admission changed this pod on its way in (${what}), and the SecurityBaseline refuses injections here: exclude the namespace from the webhook or plugin, or ask the platform team to list it in injections.expected.`,
});

const CONTAINER = isDeclared("'container/' + c.name");
const POD = "object.spec";

export const injections = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-injections",
  cases: [73],
  about: "Where the SecurityBaseline refuses injections, a pod may carry nothing that its template does not declare.",
  rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"], scope: "Namespaced" }],
  conditions: [
    { name: "declared", expression: `${ANNOTATION}.hasValue()` },
    // It asks by dry run what admission adds.
    { name: "not-asked", expression: `!(${isUser(installation, operatorUser(installation))})` },
  ],
  variables: [
    {
      name: "refused",
      expression: `${celText(INJECTIONS_ANNOTATION)} in namespaceObject.?metadata.?annotations.orValue({})`,
    },
    { name: "declared", expression: `${ANNOTATION}.orValue('').split('\\n')` },
    {
      name: "expected",
      expression: `${namespaceList(INJECTIONS_ANNOTATION)}.split(',').filter(e, e != '') + variables.declared.filter(l, l.startsWith(${celText(EXPECTED_MARK)})).map(l, l.substring(1))`,
    },
    { name: "containers", expression: `${listOf(POD, "containers")} + ${untyped(listOf(POD, "initContainers"))}` },
    {
      name: "own",
      expression: "variables.containers.filter(c, ('container/' + c.name) in variables.declared)",
    },
  ],
  validations: [
    refusing("containers", `variables.containers.all(c, ${CONTAINER})`),
    refusing("image", ofEach(isDeclared("'image'", "c.name + ' ' + c.image"))),
    refusing(
      "imagePullPolicy",
      ofEach(isDeclared("'imagePullPolicy'", "c.name + ' ' + c.?imagePullPolicy.orValue('')")),
    ),
    refusing("command", counted("command")),
    refusing("args", counted("args")),
    refusing(
      "env",
      all(counted("envFrom"), ofEach(`${listOf("c", "env")}.all(v, ${isDeclared("'env/' + v.name", "c.name")})`)),
    ),
    refusing(
      "volumeMounts",
      ofEach(`${listOf("c", "volumeMounts")}.all(m, ${isDeclared("'mount/' + m.mountPath", "c.name")})`),
    ),
    refusing("resources", all(limited("limits"), limited("requests"))),
    refusing("volumes", `${listOf(POD, "volumes")}.all(v, ${isDeclared("'volume/' + v.name")})`),
    refusing(
      "nodeSelector",
      `${mapOf(POD, "nodeSelector")}.all(k, ${isDeclared("'nodeSelector/' + k", `${POD}.nodeSelector[k]`)})`,
    ),
    ...["priorityClassName", "runtimeClassName"].map((field) => {
      const value = `${POD}.?${field}.orValue('')`;
      return refusing(field, any(`${value} == ''`, isDeclared(celText(field), value)));
    }),
  ],
  bindings: [IN_ENROLLED],
});
