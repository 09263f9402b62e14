import { ENROLMENT_LABEL } from "../crds/group.ts";
import {
  CALICO_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
} from "../reconcilers/secure-workload/resources/kinds.ts";
import { all, any } from "./cel.ts";
import { type Installation, KEDA_USER } from "./identities.ts";
import { foreign, MARKS, onlyMarksDiffer } from "./marks.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { byOthers, isUser, mayManage, notByNodes } from "./request.ts";
import { GATEWAY_ROUTES } from "./routes.ts";
import { POD_MAKERS } from "./templates.ts";

const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  operations: ["CREATE", "UPDATE"],
  resources,
});

/** What runs, serves, opens or scales something. */
const RULES: readonly ResourceRule[] = [
  ...POD_MAKERS,
  written("", "services", "endpoints", "limitranges", "resourcequotas"),
  written("discovery.k8s.io", "endpointslices"),
  written("networking.k8s.io", "ingresses", "networkpolicies"),
  written("gateway.networking.k8s.io", ...GATEWAY_ROUTES, "referencegrants", "backendtlspolicies"),
  written("policy", "poddisruptionbudgets"),
  written("autoscaling", "horizontalpodautoscalers"),
  written(SCALED_OBJECT.group, SCALED_OBJECT.plural, "scaledjobs"),
  written(VERTICAL_POD_AUTOSCALER.group, VERTICAL_POD_AUTOSCALER.plural),
  ...[CILIUM_NETWORK_POLICY, CALICO_NETWORK_POLICY, CALICO_STORED_NETWORK_POLICY, FQDN_NETWORK_POLICY].map(
    ({ group, plural }) => written(group, plural),
  ),
  written("security.istio.io", "*"),
  written("networking.istio.io", "*"),
];

const isQuota = "request.resource.group == '' && request.resource.resource in ['limitranges', 'resourcequotas']";

const onlyMarked = all("request.operation == 'UPDATE'", onlyMarksDiffer());

export const sealed = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-sealed",
  cases: [24, 25, 28, 29, 40, 42, 43, 44, 45, 46, 48, 49, 50, 72],
  about: "A sealed namespace takes nothing that is not a workload's; one that is guarded warns of it.",
  rules: RULES,
  conditions: [
    byOthers(installation),
    notByNodes,
    foreign,
    {
      name: "not-kedas-autoscaler",
      expression: `!(${all(isUser(KEDA_USER), "request.resource.resource == 'horizontalpodautoscalers'")})`,
    },
  ],
  variables: MARKS,
  validations: [
    {
      expression: any(isQuota, onlyMarked),
      message:
        "Only SecureWorkloads run, serve, open or scale something in a sealed namespace: declare one, or use a namespace without workloads.",
    },
    {
      expression: any(`!(${isQuota})`, onlyMarked, mayManage),
      message:
        "Quotas and limit ranges of this namespace could keep its workloads from running: the platform team, with the verb manage on securitybaselines.palisade.dev, sets them.",
    },
  ],
  bindings: [
    { suffix: "sealed", actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL, values: ["sealed"] } },
    { suffix: "guarding", actions: ["Warn", "Audit"], namespaces: { label: ENROLMENT_LABEL, values: ["guarding"] } },
  ],
});
