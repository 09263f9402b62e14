/**
 * The pod rules as admission policies. They apply to everything with a workload's label in an enrolled namespace, from any writer, and
 * to every template of the operator's account anywhere: its token cannot create a weak pod.
 *
 * Policies check pods as stored, after all webhooks. Built-in admission and controllers add nothing that breaks a rule,
 * and webhooks of cloud identities add a token that `safe-projections` allows. Injected sidecars must obey too.
 */
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { type Installation, operatorUser } from "../installation.ts";
import { all, any, celText, podVariables } from "../policies/cel.ts";
import { POD_POLICIES, type Policy } from "../policies/index.ts";
import { liftedVariable, unlessLifted } from "./lifted.ts";
import type { AdmissionPolicy, Condition, ResourceRule, Validation, Variable } from "./policy.ts";

const NAME = "palisade-pod-baseline";

/** Mutating webhooks and policies that change a pod after its template was stored. */
const INJECTED_LATER = 73;

/** Case 73, and those of the rules. */
const CASES = [
  ...new Set([
    INJECTED_LATER,
    ...POD_POLICIES.flatMap(({ sources }) =>
      sources.flatMap((source) => (source.framework === "drift" ? [source.control] : [])),
    ),
  ]),
].sort((a, b) => a - b);

/** `v1` instead of any version: the API server type-checks only named versions, and converts all others to it. */
const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources,
  scope: "Namespaced",
});

/** Kinds that create pods, by the path of their template. */
interface TemplateKinds {
  readonly suffix: string;
  readonly about: string;
  readonly rules: readonly ResourceRule[];
  /** Path below the object. */
  readonly path: string;
}

const TEMPLATE_KINDS: readonly TemplateKinds[] = [
  {
    suffix: "templates",
    about: "the pod template of a Deployment, StatefulSet, DaemonSet, Job or ReplicaSet",
    rules: [written("apps", "deployments", "statefulsets", "daemonsets", "replicasets"), written("batch", "jobs")],
    path: "spec.template",
  },
  {
    suffix: "cron-jobs",
    about: "the pod template of a CronJob",
    rules: [written("batch", "cronjobs")],
    path: "spec.jobTemplate.spec.template",
  },
];

const messageOf = ({ id, demand, fix }: Policy): string =>
  `palisade: ${demand.replace(/\.$/, "")} (rule ${id}). ${fix}`;

/** One per rule, in their order, over the variables of {@link baselineVariables}. `holds` may narrow a rule. */
export const baselineValidations = (holds = ({ cel }: Policy): string => cel): readonly Validation[] =>
  POD_POLICIES.map((policy) => ({
    expression: unlessLifted(policy, holds(policy)),
    message: messageOf(policy),
  }));

/** Variables of the validations; `holder` is the CEL of a pod or pod template. */
export const baselineVariables = (holder: string): readonly Variable[] => [
  liftedVariable(`${holder}.?metadata`),
  ...podVariables(`${holder}.spec`),
];

const bearsLabel = (holder: string): string => `${celText(WORKLOAD_LABEL)} in ${holder}.?metadata.?labels.orValue({})`;

const ofWorkload = (object: string, path: string): string => any(bearsLabel(object), bearsLabel(`${object}.${path}`));

/**
 * Unchanged parts are not checked: controllers scale down ReplicaSets of an older baseline, and others remove finalizers. An
 * object that newly becomes a workload's counts as new.
 */
const isNew = (path: string): Condition => ({
  name: "new-to-the-policy",
  expression: any(
    "oldObject == null",
    `object.${path} != oldObject.${path}`,
    all(ofWorkload("object", path), `!(${ofWorkload("oldObject", path)})`),
  ),
});

const ENROLLED = [{ actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL } }] as const;
const EVERYWHERE = [{ actions: ["Deny"] }] as const;

const ofWorkloads = ({ suffix, about, rules, path }: TemplateKinds): AdmissionPolicy => ({
  name: `${NAME}-${suffix}`,
  cases: CASES,
  about: `Refuses ${about} of a workload that violates a rule of the baseline.`,
  rules,
  conditions: [{ name: "of-a-workload", expression: ofWorkload("object", path) }, isNew(path)],
  variables: baselineVariables(`object.${path}`),
  validations: baselineValidations(),
  bindings: ENROLLED,
});

const ofOperator = ({ suffix, about, rules, path }: TemplateKinds, installation: Installation): AdmissionPolicy => ({
  name: `${NAME}-operator-${suffix}`,
  cases: CASES,
  about: `Refuses ${about} that violates a rule of the baseline, in any namespace, from the operator's own account.`,
  rules,
  conditions: [
    { name: "by-the-operator", expression: `request.userInfo.username == ${celText(operatorUser(installation))}` },
    isNew(path),
  ],
  variables: baselineVariables(`object.${path}`),
  validations: baselineValidations(),
  bindings: EVERYWHERE,
});

/** The scheduler sets the node of a running pod; only a new pod must not name one. */
const PLACED = "no-placement-by-name";
const ofFinalPods = ({ id, cel }: Policy): string => (id === PLACED ? any("request.operation == 'UPDATE'", cel) : cel);

const PODS: AdmissionPolicy = {
  name: `${NAME}-pods`,
  cases: CASES,
  about: "Refuses a pod of a workload that violates a rule of the baseline, from any writer.",
  rules: [
    { ...written("", "pods"), operations: ["CREATE"] },
    { ...written("", "pods/ephemeralcontainers"), operations: ["UPDATE"] },
  ],
  conditions: [{ name: "of-a-workload", expression: bearsLabel("object") }],
  variables: baselineVariables("object"),
  validations: baselineValidations(ofFinalPods),
  bindings: ENROLLED,
};

export const podBaseline = (installation: Installation): readonly AdmissionPolicy[] => [
  PODS,
  ...TEMPLATE_KINDS.map(ofWorkloads),
  ...TEMPLATE_KINDS.map((kinds) => ofOperator(kinds, installation)),
];
