import type { Resource } from "kopf-ts";

export const namespaced = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

export const DEPLOYMENT = namespaced("apps", "v1", "Deployment", "deployments");
export const STATEFUL_SET = namespaced("apps", "v1", "StatefulSet", "statefulsets");
export const DAEMON_SET = namespaced("apps", "v1", "DaemonSet", "daemonsets");
export const JOB = namespaced("batch", "v1", "Job", "jobs");
export const CRON_JOB = namespaced("batch", "v1", "CronJob", "cronjobs");
export const CONTROLLER_REVISION = namespaced("apps", "v1", "ControllerRevision", "controllerrevisions");
/** Never watched, and never read beyond its metadata. */
export const SECRET = namespaced("", "v1", "Secret", "secrets");
export const CONFIG_MAP = namespaced("", "v1", "ConfigMap", "configmaps");
export const REPLICA_SET = namespaced("apps", "v1", "ReplicaSet", "replicasets");
export const POD_TEMPLATE = namespaced("", "v1", "PodTemplate", "podtemplates");
export const REPLICATION_CONTROLLER = namespaced("", "v1", "ReplicationController", "replicationcontrollers");
export const POD = namespaced("", "v1", "Pod", "pods");
export const PERSISTENT_VOLUME_CLAIM = namespaced("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims");
/** Never watched: read where a controller says in its Events alone why it makes no pods. */
export const CORE_EVENT = namespaced("", "v1", "Event", "events");
export const SERVICE = namespaced("", "v1", "Service", "services");
export const SERVICE_ACCOUNT = namespaced("", "v1", "ServiceAccount", "serviceaccounts");
export const ROLE = namespaced("rbac.authorization.k8s.io", "v1", "Role", "roles");
export const ROLE_BINDING = namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings");
export const NETWORK_POLICY = namespaced("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies");
/** GKE Dataplane V2. */
export const FQDN_NETWORK_POLICY = namespaced(
  "networking.gke.io",
  "v1alpha1",
  "FQDNNetworkPolicy",
  "fqdnnetworkpolicies",
);
export const CILIUM_NETWORK_POLICY = namespaced("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies");
export const CALICO_NETWORK_POLICY = namespaced("projectcalico.org", "v3", "NetworkPolicy", "networkpolicies");
/** The same policies as Calico stores them where its own API server does not run. */
export const CALICO_STORED_NETWORK_POLICY = namespaced(
  "crd.projectcalico.org",
  "v1",
  "NetworkPolicy",
  "networkpolicies",
);
export const POD_DISRUPTION_BUDGET = namespaced("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets");
export const HORIZONTAL_POD_AUTOSCALER = namespaced(
  "autoscaling",
  "v2",
  "HorizontalPodAutoscaler",
  "horizontalpodautoscalers",
);
/** KEDA's. */
export const SCALED_OBJECT = namespaced("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects");
export const VERTICAL_POD_AUTOSCALER = namespaced(
  "autoscaling.k8s.io",
  "v1",
  "VerticalPodAutoscaler",
  "verticalpodautoscalers",
);
/** Prometheus Operator's, as is the next. */
export const SERVICE_MONITOR = namespaced("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors");
export const POD_MONITOR = namespaced("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors");
export const INGRESS = namespaced("networking.k8s.io", "v1", "Ingress", "ingresses");
export const HTTP_ROUTE = namespaced("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes");
export const GATEWAY = namespaced("gateway.networking.k8s.io", "v1", "Gateway", "gateways");
export const INGRESS_CLASS: Resource = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  namespaced: false,
};
/** Never watched, as the next: of Argo Rollouts, and of Flagger. */
export const ROLLOUT = namespaced("argoproj.io", "v1alpha1", "Rollout", "rollouts");
export const CANARY = namespaced("flagger.app", "v1beta1", "Canary", "canaries");
/** What makes pods at a time or on a message, and has no trace in a namespace while it rests: never watched, and listed only where it is served. */
export const RESTING_MAKERS: readonly Resource[] = [
  namespaced("keda.sh", "v1alpha1", "ScaledJob", "scaledjobs"),
  namespaced("argoproj.io", "v1alpha1", "CronWorkflow", "cronworkflows"),
  ROLLOUT,
  namespaced("sparkoperator.k8s.io", "v1beta2", "ScheduledSparkApplication", "scheduledsparkapplications"),
  namespaced("actions.github.com", "v1alpha1", "AutoscalingRunnerSet", "autoscalingrunnersets"),
  namespaced("batch.volcano.sh", "v1alpha1", "CronJob", "cronjobs"),
  namespaced("apps.kruise.io", "v1alpha1", "AdvancedCronJob", "advancedcronjobs"),
  namespaced("apps.kruise.io", "v1alpha1", "CloneSet", "clonesets"),
  namespaced("apps.kruise.io", "v1beta1", "StatefulSet", "statefulsets"),
  // One that is stopped has no pod.
  namespaced("kubevirt.io", "v1", "VirtualMachine", "virtualmachines"),
  namespaced("flink.apache.org", "v1beta1", "FlinkDeployment", "flinkdeployments"),
  namespaced("actions.summerwind.dev", "v1alpha1", "RunnerDeployment", "runnerdeployments"),
];
/** Never watched; deprecated, and still mirrored into EndpointSlices. */
export const ENDPOINTS = namespaced("", "v1", "Endpoints", "endpoints");
export const ENDPOINT_SLICE = namespaced("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices");

export const clusterScoped = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: false,
});

export const NAMESPACE = clusterScoped("", "v1", "Namespace", "namespaces");
export const PERSISTENT_VOLUME = clusterScoped("", "v1", "PersistentVolume", "persistentvolumes");
export const NODE = clusterScoped("", "v1", "Node", "nodes");
export const STORAGE_CLASS = clusterScoped("storage.k8s.io", "v1", "StorageClass", "storageclasses");
export const CLUSTER_ROLE = clusterScoped("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles");
export const CLUSTER_ROLE_BINDING = clusterScoped(
  "rbac.authorization.k8s.io",
  "v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
);
export const CILIUM_CLUSTERWIDE_NETWORK_POLICY = clusterScoped(
  "cilium.io",
  "v2",
  "CiliumClusterwideNetworkPolicy",
  "ciliumclusterwidenetworkpolicies",
);
export const CALICO_GLOBAL_NETWORK_POLICY = clusterScoped(
  "projectcalico.org",
  "v3",
  "GlobalNetworkPolicy",
  "globalnetworkpolicies",
);
export const CALICO_STORED_GLOBAL_NETWORK_POLICY = clusterScoped(
  "crd.projectcalico.org",
  "v1",
  "GlobalNetworkPolicy",
  "globalnetworkpolicies",
);
/** Served by Calico Enterprise and Calico Cloud alone, whose policies know domains. */
export const CALICO_GLOBAL_ALERT = clusterScoped("projectcalico.org", "v3", "GlobalAlert", "globalalerts");
export const ADMIN_NETWORK_POLICY = clusterScoped(
  "policy.networking.k8s.io",
  "v1alpha1",
  "AdminNetworkPolicy",
  "adminnetworkpolicies",
);
export const CLUSTER_NETWORK_POLICY = clusterScoped(
  "policy.networking.k8s.io",
  "v1alpha2",
  "ClusterNetworkPolicy",
  "clusternetworkpolicies",
);
export const VALIDATING_ADMISSION_POLICY = clusterScoped(
  "admissionregistration.k8s.io",
  "v1",
  "ValidatingAdmissionPolicy",
  "validatingadmissionpolicies",
);
export const VALIDATING_ADMISSION_POLICY_BINDING = clusterScoped(
  "admissionregistration.k8s.io",
  "v1",
  "ValidatingAdmissionPolicyBinding",
  "validatingadmissionpolicybindings",
);
export const MUTATING_WEBHOOK_CONFIGURATION = clusterScoped(
  "admissionregistration.k8s.io",
  "v1",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
);
/** Stable from 1.36 (KEP-3962); not served as v1 before. */
export const MUTATING_ADMISSION_POLICY = clusterScoped(
  "admissionregistration.k8s.io",
  "v1",
  "MutatingAdmissionPolicy",
  "mutatingadmissionpolicies",
);
export const MUTATING_ADMISSION_POLICY_BINDING = clusterScoped(
  "admissionregistration.k8s.io",
  "v1",
  "MutatingAdmissionPolicyBinding",
  "mutatingadmissionpolicybindings",
);
/** One for each group and version that the API server serves: a small sign that optional kinds may have come or gone. */
export const API_SERVICE = clusterScoped("apiregistration.k8s.io", "v1", "APIService", "apiservices");
