/**
 * The pod rules at the API server. What bears a workload's label in an enrolled namespace obeys them whoever writes it, and so
 * does every template that the operator's account writes anywhere: its token makes no weak pod.
 *
 * Pods are judged as they are stored, after every webhook. Built-in admission and controllers fill in nothing that breaks a rule,
 * and the webhooks of cloud identities add a token that `safe-projections` allows; an injected sidecar obeys or is refused.
 */
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { podVariables } from "../policies/cel.ts";
import { POD_POLICIES, type Policy } from "../policies/index.ts";
import { all, any, celText } from "./cel.ts";
import { type Installation, operatorUser } from "./identities.ts";
import { liftedVariable, unlessLifted } from "./lifted.ts";
import type { AdmissionPolicy, Condition, ResourceRule, Validation, Variable } from "./policy.ts";

const NAME = "palisade-pod-baseline";

/** A mutating webhook or policy that adds to a pod after its template was stored. */
const INJECTED_LATER = 73;

/** Case 73 beside those of the rules themselves. */
const CASES = [
  ...new Set([
    INJECTED_LATER,
    ...POD_POLICIES.flatMap(({ sources }) =>
      sources.flatMap((source) => (source.framework === "drift" ? [source.control] : [])),
    ),
  ]),
].sort((a, b) => a - b);

/** `v1` and not any version: only of named versions does the API server check the types, and it converts all others to it. */
const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources,
  scope: "Namespaced",
});

/** The kinds that make pods, by where their template lies. */
interface TemplateKinds {
  readonly suffix: string;
  readonly about: string;
  readonly rules: readonly ResourceRule[];
  /** Below the object. */
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
  `palisade: ${demand.replace(/\.$/, "")} (rule ${id}): ${fix}`;

/** One for each rule, in their order, over the variables of {@link baselineVariables}. `holds` may narrow what a rule asks. */
export const baselineValidations = (holds = ({ cel }: Policy): string => cel): readonly Validation[] =>
  POD_POLICIES.map((policy) => ({
    expression: unlessLifted(policy, holds(policy)),
    message: messageOf(policy),
  }));

/** What the validations stand on; `holder` is the CEL of a pod, or of a pod template. */
export const baselineVariables = (holder: string): readonly Variable[] => [
  liftedVariable(`${holder}.?metadata`),
  ...podVariables(`${holder}.spec`),
];

const bearsLabel = (holder: string): string => `${celText(WORKLOAD_LABEL)} in ${holder}.?metadata.?labels.orValue({})`;

const ofWorkload = (object: string, path: string): string => any(bearsLabel(object), bearsLabel(`${object}.${path}`));

/**
 * What stands as it stood is not judged: controllers scale ReplicaSets of an older baseline down, and finalizers are taken off. An
 * object that becomes a workload's is new to the policy, whatever it was.
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
  about: `Refuses ${about} of a workload that breaks a rule of the baseline.`,
  rules,
  conditions: [{ name: "of-a-workload", expression: ofWorkload("object", path) }, isNew(path)],
  variables: baselineVariables(`object.${path}`),
  validations: baselineValidations(),
  bindings: ENROLLED,
});

const ofOperator = ({ suffix, about, rules, path }: TemplateKinds, installation: Installation): AdmissionPolicy => ({
  name: `${NAME}-operator-${suffix}`,
  cases: CASES,
  about: `Refuses the operator's own account ${about} that breaks a rule of the baseline, in any namespace.`,
  rules,
  conditions: [
    { name: "by-the-operator", expression: `request.userInfo.username == ${celText(operatorUser(installation))}` },
    isNew(path),
  ],
  variables: baselineVariables(`object.${path}`),
  validations: baselineValidations(),
  bindings: EVERYWHERE,
});

/** The node of a pod that runs is the scheduler's: only a new pod must not name it. */
const PLACED = "no-placement-by-name";
const ofFinalPods = ({ id, cel }: Policy): string => (id === PLACED ? any("request.operation == 'UPDATE'", cel) : cel);

const PODS: AdmissionPolicy = {
  name: `${NAME}-pods`,
  cases: CASES,
  about: "Refuses a pod of a workload that breaks a rule of the baseline, as it is stored and whoever makes it.",
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
