import { ENROLMENT_LABEL } from "../crds/group.ts";
import { REFUSED_WHEN_SEALED } from "../expand/child-kinds.ts";
import type { Installation } from "../installation.ts";
import {
  CALICO_STORED_NETWORK_POLICY,
  CANARY,
  RESTING_MAKERS,
  ROLLOUT,
  VERTICAL_POD_AUTOSCALER,
} from "../kubernetes/kinds.ts";
import { all, any } from "../policies/cel.ts";
import { isOfClusterSet } from "./beside.ts";
import { foreign, MARKS, onlyMarksDiffer } from "./marks.ts";
import { isScaleOfOurs } from "./ownership.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { byOthers, isKeda, listAt, mayManage, notByNodes, SUBRESOURCE } from "./request.ts";
import { GATEWAY_ROUTES } from "./routes.ts";
import { POD_MAKERS } from "./templates.ts";

interface Refused {
  readonly group: string;
  readonly plural: string;
}

/** Kinds that serve, open or scale something and are no workload's children. */
const BESIDE_CHILDREN: readonly Refused[] = [
  ...["endpoints", "limitranges", "resourcequotas"].map((plural) => ({ group: "", plural })),
  { group: "discovery.k8s.io", plural: "endpointslices" },
  ...[...GATEWAY_ROUTES, "referencegrants", "backendtlspolicies"].map((plural) => ({
    group: "gateway.networking.k8s.io",
    plural,
  })),
  VERTICAL_POD_AUTOSCALER,
  CALICO_STORED_NETWORK_POLICY,
  { group: "security.istio.io", plural: "*" },
  { group: "networking.istio.io", plural: "*" },
  ...RESTING_MAKERS,
  CANARY,
];

const isPodMaker = ({ group, plural }: Refused): boolean =>
  POD_MAKERS.some(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(plural));

/** What was scaled to nothing before the seal would run again: a Scale tells nothing of its object but the name. */
const SCALES: readonly ResourceRule[] = [
  { apiGroups: [""], operations: ["UPDATE"], resources: ["replicationcontrollers/scale"] },
  {
    apiGroups: ["apps"],
    operations: ["UPDATE"],
    resources: ["deployments/scale", "statefulsets/scale", "replicasets/scale"],
  },
  { apiGroups: [ROLLOUT.group], operations: ["UPDATE"], resources: [`${ROLLOUT.plural}/scale`] },
];

/** Kinds that run, serve, open or scale something: one rule per API group. */
function rules(): readonly ResourceRule[] {
  const refused = [...REFUSED_WHEN_SEALED, ...BESIDE_CHILDREN].filter((one) => !isPodMaker(one));
  const groups = [...new Set(refused.map(({ group }) => group))];
  const pluralsIn = (group: string) => refused.filter((one) => one.group === group).map(({ plural }) => plural);
  return [
    ...POD_MAKERS,
    ...SCALES,
    ...groups.map((group) => ({
      apiGroups: [group],
      operations: ["CREATE", "UPDATE"] as const,
      resources: [...new Set(pluralsIn(group))],
    })),
  ];
}

/** The kind and the name of the controller of a kind that Kubernetes itself does not have, whose groups have a dot; empty without one. */
const CUSTOM_OWNER = `${listAt("object", "metadata", "ownerReferences")}.filter(o, ${all(
  "o.?controller.orValue(false)",
  "o.apiVersion.split('/')[0].contains('.')",
)}).map(o, o.kind + '/' + o.name).join(' ')`;

const isQuota = "request.resource.group == '' && request.resource.resource in ['limitranges', 'resourcequotas']";

const isScale = `${SUBRESOURCE} == 'scale'`;
/** Scaling down ends nothing that is not ended by hand anyway. */
const scalesDown = all(isScale, "object.?spec.?replicas.orValue(0) <= oldObject.?spec.?replicas.orValue(0)");

const onlyMarked = all("request.operation == 'UPDATE'", onlyMarksDiffer());

export const sealed = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-sealed",
  cases: [24, 25, 28, 29, 40, 42, 43, 44, 45, 46, 48, 49, 50, 72, 127],
  about: "Refuses foreign objects in sealed namespaces, and warns about them in guarded ones.",
  rules: rules(),
  conditions: [
    byOthers(installation),
    notByNodes,
    foreign,
    // Guarded by `palisade-owned-objects`, which says what to scale instead.
    { name: "not-a-workloads-scale", expression: `!(${isScaleOfOurs})` },
    {
      name: "not-kedas-autoscaler",
      expression: `!(${all(isKeda(installation), "request.resource.resource == 'horizontalpodautoscalers'")})`,
    },
  ],
  variables: MARKS,
  validations: [
    {
      expression: any(isQuota, onlyMarked, scalesDown, isOfClusterSet),
      message:
        "Only SecureWorkloads may run, serve, open or scale anything in a sealed namespace: create a SecureWorkload, or use a namespace without workloads.",
      messageExpression: `${CUSTOM_OWNER} == '' ? '' : ${CUSTOM_OWNER} + ' makes this again and again, and cannot run beside workloads in a sealed namespace: give it a namespace without workloads, or ask the platform team to keep this one Observing (namespaces[].enrolment of the SecurityBaseline).'`,
    },
    {
      expression: any(`!(${isQuota})`, onlyMarked, mayManage),
      message:
        "Quotas and limit ranges could stop the workloads of this namespace, so only the platform team may set them: this needs the verb manage on securitybaselines.palisade.dev.",
    },
  ],
  bindings: [
    { suffix: "sealed", actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL, values: ["sealed"] } },
    { suffix: "guarding", actions: ["Warn", "Audit"], namespaces: { label: ENROLMENT_LABEL, values: ["guarding"] } },
  ],
});
