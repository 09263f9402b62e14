/**
 * The fields of the kinds that the operator writes. Generated from the API server's OpenAPI by `make known-fields`; do not edit.
 */

/** The API server that served them. */
export const KUBERNETES_VERSION = "v1.37.2";

/** The type of an object of each kind. */
export const TYPE_OF_KIND: Readonly<Record<string, string>> = {
  ConfigMap: "core.v1.ConfigMap",
  CronJob: "batch.v1.CronJob",
  DaemonSet: "apps.v1.DaemonSet",
  Deployment: "apps.v1.Deployment",
  HorizontalPodAutoscaler: "autoscaling.v2.HorizontalPodAutoscaler",
  Ingress: "networking.v1.Ingress",
  Job: "batch.v1.Job",
  NetworkPolicy: "networking.v1.NetworkPolicy",
  PodDisruptionBudget: "policy.v1.PodDisruptionBudget",
  Role: "rbac.v1.Role",
  RoleBinding: "rbac.v1.RoleBinding",
  Service: "core.v1.Service",
  ServiceAccount: "core.v1.ServiceAccount",
  StatefulSet: "apps.v1.StatefulSet",
  ValidatingAdmissionPolicy: "admissionregistration.v1.ValidatingAdmissionPolicy",
  ValidatingAdmissionPolicyBinding: "admissionregistration.v1.ValidatingAdmissionPolicyBinding",
};

/** The fields of each type, and after a colon the type of what is in them, or in the items of a list. */
export const FIELDS_OF_TYPE: Readonly<Record<string, string>> = {
  "admissionregistration.v1.AuditAnnotation": "key valueExpression",
  "admissionregistration.v1.MatchCondition": "expression name",
  "admissionregistration.v1.MatchResources":
    "excludeResourceRules:admissionregistration.v1.NamedRuleWithOperations matchPolicy namespaceSelector:meta.v1.LabelSelector objectSelector:meta.v1.LabelSelector resourceRules:admissionregistration.v1.NamedRuleWithOperations",
  "admissionregistration.v1.NamedRuleWithOperations": "apiGroups apiVersions operations resourceNames resources scope",
  "admissionregistration.v1.ParamKind": "apiVersion kind",
  "admissionregistration.v1.ParamRef": "name namespace parameterNotFoundAction selector:meta.v1.LabelSelector",
  "admissionregistration.v1.ValidatingAdmissionPolicy":
    "apiVersion kind spec:admissionregistration.v1.ValidatingAdmissionPolicySpec",
  "admissionregistration.v1.ValidatingAdmissionPolicyBinding":
    "apiVersion kind spec:admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec":
    "matchResources:admissionregistration.v1.MatchResources paramRef:admissionregistration.v1.ParamRef policyName validationActions",
  "admissionregistration.v1.ValidatingAdmissionPolicySpec":
    "auditAnnotations:admissionregistration.v1.AuditAnnotation failurePolicy matchConditions:admissionregistration.v1.MatchCondition matchConstraints:admissionregistration.v1.MatchResources paramKind:admissionregistration.v1.ParamKind validations:admissionregistration.v1.Validation variables:admissionregistration.v1.Variable",
  "admissionregistration.v1.Validation": "expression message messageExpression reason",
  "admissionregistration.v1.Variable": "expression name",
  "apps.v1.DaemonSet": "apiVersion kind spec:apps.v1.DaemonSetSpec",
  "apps.v1.DaemonSetSpec":
    "minReadySeconds revisionHistoryLimit selector:meta.v1.LabelSelector template:core.v1.PodTemplateSpec updateStrategy:apps.v1.DaemonSetUpdateStrategy",
  "apps.v1.DaemonSetUpdateStrategy": "rollingUpdate:apps.v1.RollingUpdateDaemonSet type",
  "apps.v1.Deployment": "apiVersion kind spec:apps.v1.DeploymentSpec",
  "apps.v1.DeploymentSpec":
    "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector:meta.v1.LabelSelector strategy:apps.v1.DeploymentStrategy template:core.v1.PodTemplateSpec",
  "apps.v1.DeploymentStrategy": "rollingUpdate:apps.v1.RollingUpdateDeployment type",
  "apps.v1.RollingUpdateDaemonSet": "maxSurge maxUnavailable",
  "apps.v1.RollingUpdateDeployment": "maxSurge maxUnavailable",
  "apps.v1.RollingUpdateStatefulSetStrategy": "maxUnavailable partition",
  "apps.v1.StatefulSet": "apiVersion kind spec:apps.v1.StatefulSetSpec",
  "apps.v1.StatefulSetOrdinals": "start",
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": "whenDeleted whenScaled",
  "apps.v1.StatefulSetSpec":
    "minReadySeconds ordinals:apps.v1.StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector:meta.v1.LabelSelector serviceName template:core.v1.PodTemplateSpec updateStrategy:apps.v1.StatefulSetUpdateStrategy volumeClaimTemplates:core.v1.PersistentVolumeClaim",
  "apps.v1.StatefulSetUpdateStrategy": "rollingUpdate:apps.v1.RollingUpdateStatefulSetStrategy type",
  "autoscaling.v2.ContainerResourceMetricSource": "container name target:autoscaling.v2.MetricTarget",
  "autoscaling.v2.CrossVersionObjectReference": "apiVersion kind name",
  "autoscaling.v2.ExternalMetricSource": "metric:autoscaling.v2.MetricIdentifier target:autoscaling.v2.MetricTarget",
  "autoscaling.v2.HPAScalingPolicy": "periodSeconds type value",
  "autoscaling.v2.HPAScalingRules":
    "policies:autoscaling.v2.HPAScalingPolicy selectPolicy stabilizationWindowSeconds tolerance",
  "autoscaling.v2.HorizontalPodAutoscaler": "apiVersion kind spec:autoscaling.v2.HorizontalPodAutoscalerSpec",
  "autoscaling.v2.HorizontalPodAutoscalerBehavior":
    "scaleDown:autoscaling.v2.HPAScalingRules scaleUp:autoscaling.v2.HPAScalingRules",
  "autoscaling.v2.HorizontalPodAutoscalerSpec":
    "behavior:autoscaling.v2.HorizontalPodAutoscalerBehavior maxReplicas metrics:autoscaling.v2.MetricSpec minReplicas scaleTargetRef:autoscaling.v2.CrossVersionObjectReference",
  "autoscaling.v2.MetricIdentifier": "name selector:meta.v1.LabelSelector",
  "autoscaling.v2.MetricSpec":
    "containerResource:autoscaling.v2.ContainerResourceMetricSource external:autoscaling.v2.ExternalMetricSource object:autoscaling.v2.ObjectMetricSource pods:autoscaling.v2.PodsMetricSource resource:autoscaling.v2.ResourceMetricSource type",
  "autoscaling.v2.MetricTarget": "averageUtilization averageValue type value",
  "autoscaling.v2.ObjectMetricSource":
    "describedObject:autoscaling.v2.CrossVersionObjectReference metric:autoscaling.v2.MetricIdentifier target:autoscaling.v2.MetricTarget",
  "autoscaling.v2.PodsMetricSource": "metric:autoscaling.v2.MetricIdentifier target:autoscaling.v2.MetricTarget",
  "autoscaling.v2.ResourceMetricSource": "name target:autoscaling.v2.MetricTarget",
  "batch.v1.CronJob": "apiVersion kind spec:batch.v1.CronJobSpec",
  "batch.v1.CronJobSpec":
    "concurrencyPolicy failedJobsHistoryLimit jobTemplate:batch.v1.JobTemplateSpec schedule startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone",
  "batch.v1.Job": "apiVersion kind spec:batch.v1.JobSpec",
  "batch.v1.JobSchedulingConfiguration":
    "disruptionMode:scheduling.v1alpha3.WorkloadPodGroupDisruptionMode resourceClaims:scheduling.v1alpha3.WorkloadPodGroupResourceClaim schedulingConstraints:scheduling.v1alpha3.WorkloadPodGroupSchedulingConstraints schedulingPolicy:scheduling.v1alpha3.WorkloadPodGroupSchedulingPolicy",
  "batch.v1.JobSpec":
    "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy:batch.v1.PodFailurePolicy podReplacementPolicy scheduling:batch.v1.JobSchedulingConfiguration selector:meta.v1.LabelSelector successPolicy:batch.v1.SuccessPolicy suspend template:core.v1.PodTemplateSpec ttlSecondsAfterFinished",
  "batch.v1.JobTemplateSpec": "metadata:meta.v1.ObjectMeta spec:batch.v1.JobSpec",
  "batch.v1.PodFailurePolicy": "rules:batch.v1.PodFailurePolicyRule",
  "batch.v1.PodFailurePolicyOnExitCodesRequirement": "containerName operator values",
  "batch.v1.PodFailurePolicyOnPodConditionsPattern": "status type",
  "batch.v1.PodFailurePolicyRule":
    "action onExitCodes:batch.v1.PodFailurePolicyOnExitCodesRequirement onPodConditions:batch.v1.PodFailurePolicyOnPodConditionsPattern",
  "batch.v1.SuccessPolicy": "rules:batch.v1.SuccessPolicyRule",
  "batch.v1.SuccessPolicyRule": "succeededCount succeededIndexes",
  "core.v1.AWSElasticBlockStoreVolumeSource": "fsType partition readOnly volumeID",
  "core.v1.Affinity":
    "nodeAffinity:core.v1.NodeAffinity podAffinity:core.v1.PodAffinity podAntiAffinity:core.v1.PodAntiAffinity",
  "core.v1.AppArmorProfile": "localhostProfile type",
  "core.v1.AzureDiskVolumeSource": "cachingMode diskName diskURI fsType kind readOnly",
  "core.v1.AzureFileVolumeSource": "readOnly secretName shareName",
  "core.v1.CSIVolumeSource":
    "driver fsType nodePublishSecretRef:core.v1.LocalObjectReference readOnly volumeAttributes",
  "core.v1.Capabilities": "add drop",
  "core.v1.CephFSVolumeSource": "monitors path readOnly secretFile secretRef:core.v1.LocalObjectReference user",
  "core.v1.CinderVolumeSource": "fsType readOnly secretRef:core.v1.LocalObjectReference volumeID",
  "core.v1.ClientIPConfig": "timeoutSeconds",
  "core.v1.ClusterTrustBundleProjection": "labelSelector:meta.v1.LabelSelector name optional path signerName user",
  "core.v1.ConfigMap": "apiVersion binaryData data immutable kind",
  "core.v1.ConfigMapEnvSource": "name optional",
  "core.v1.ConfigMapKeySelector": "key name optional",
  "core.v1.ConfigMapProjection": "items:core.v1.KeyToPath name optional",
  "core.v1.ConfigMapVolumeSource": "defaultMode defaultUser items:core.v1.KeyToPath name optional",
  "core.v1.Container":
    "args command env:core.v1.EnvVar envFrom:core.v1.EnvFromSource image imagePullPolicy lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe name ports:core.v1.ContainerPort readinessProbe:core.v1.Probe resizePolicy:core.v1.ContainerResizePolicy resources:core.v1.ResourceRequirements restartPolicy restartPolicyRules:core.v1.ContainerRestartRule securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices:core.v1.VolumeDevice volumeMounts:core.v1.VolumeMount workingDir",
  "core.v1.ContainerPort": "containerPort hostIP hostPort name protocol",
  "core.v1.ContainerResizePolicy": "resourceName restartPolicy",
  "core.v1.ContainerRestartRule": "action exitCodes:core.v1.ContainerRestartRuleOnExitCodes",
  "core.v1.ContainerRestartRuleOnExitCodes": "operator values",
  "core.v1.DownwardAPIProjection": "items:core.v1.DownwardAPIVolumeFile",
  "core.v1.DownwardAPIVolumeFile":
    "fieldRef:core.v1.ObjectFieldSelector mode path resourceFieldRef:core.v1.ResourceFieldSelector user",
  "core.v1.DownwardAPIVolumeSource": "defaultMode defaultUser items:core.v1.DownwardAPIVolumeFile",
  "core.v1.EmptyDirVolumeSource": "medium mode sizeLimit",
  "core.v1.EnvFromSource": "configMapRef:core.v1.ConfigMapEnvSource prefix secretRef:core.v1.SecretEnvSource",
  "core.v1.EnvVar": "name value valueFrom:core.v1.EnvVarSource",
  "core.v1.EnvVarSource":
    "configMapKeyRef:core.v1.ConfigMapKeySelector fieldRef:core.v1.ObjectFieldSelector fileKeyRef:core.v1.FileKeySelector resourceFieldRef:core.v1.ResourceFieldSelector secretKeyRef:core.v1.SecretKeySelector",
  "core.v1.EphemeralContainer":
    "args command env:core.v1.EnvVar envFrom:core.v1.EnvFromSource image imagePullPolicy lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe name ports:core.v1.ContainerPort readinessProbe:core.v1.Probe resizePolicy:core.v1.ContainerResizePolicy resources:core.v1.ResourceRequirements restartPolicy restartPolicyRules:core.v1.ContainerRestartRule securityContext:core.v1.SecurityContext startupProbe:core.v1.Probe stdin stdinOnce targetContainerName terminationMessagePath terminationMessagePolicy tty volumeDevices:core.v1.VolumeDevice volumeMounts:core.v1.VolumeMount workingDir",
  "core.v1.EphemeralVolumeSource": "volumeClaimTemplate:core.v1.PersistentVolumeClaimTemplate",
  "core.v1.EvictionResponder": "name priority",
  "core.v1.ExecAction": "command",
  "core.v1.FCVolumeSource": "fsType lun readOnly targetWWNs wwids",
  "core.v1.FileKeySelector": "key optional path volumeName",
  "core.v1.FlexVolumeSource": "driver fsType options readOnly secretRef:core.v1.LocalObjectReference",
  "core.v1.FlockerVolumeSource": "datasetName datasetUUID",
  "core.v1.GCEPersistentDiskVolumeSource": "fsType partition pdName readOnly",
  "core.v1.GRPCAction": "mode port service",
  "core.v1.GitRepoVolumeSource": "directory repository revision",
  "core.v1.GlusterfsVolumeSource": "endpoints path readOnly",
  "core.v1.HTTPGetAction": "host httpHeaders:core.v1.HTTPHeader path port protocol scheme",
  "core.v1.HTTPHeader": "name value",
  "core.v1.HostAlias": "hostnames ip",
  "core.v1.HostPathVolumeSource": "path type",
  "core.v1.ISCSIVolumeSource":
    "chapAuthDiscovery chapAuthSession fsType initiatorName iqn iscsiInterface lun portals readOnly secretRef:core.v1.LocalObjectReference targetPortal",
  "core.v1.ImageVolumeSource": "pullPolicy reference",
  "core.v1.KeyToPath": "key mode path user",
  "core.v1.Lifecycle": "postStart:core.v1.LifecycleHandler preStop:core.v1.LifecycleHandler stopSignal",
  "core.v1.LifecycleHandler":
    "exec:core.v1.ExecAction httpGet:core.v1.HTTPGetAction sleep:core.v1.SleepAction tcpSocket:core.v1.TCPSocketAction",
  "core.v1.LocalObjectReference": "name",
  "core.v1.ModifyVolumeStatus": "status targetVolumeAttributesClassName",
  "core.v1.NFSVolumeSource": "path readOnly server",
  "core.v1.NodeAffinity":
    "preferredDuringSchedulingIgnoredDuringExecution:core.v1.PreferredSchedulingTerm requiredDuringSchedulingIgnoredDuringExecution:core.v1.NodeSelector",
  "core.v1.NodeSelector": "nodeSelectorTerms:core.v1.NodeSelectorTerm",
  "core.v1.NodeSelectorRequirement": "key operator values",
  "core.v1.NodeSelectorTerm":
    "matchExpressions:core.v1.NodeSelectorRequirement matchFields:core.v1.NodeSelectorRequirement",
  "core.v1.ObjectFieldSelector": "apiVersion fieldPath",
  "core.v1.ObjectReference": "apiVersion fieldPath kind name namespace resourceVersion uid",
  "core.v1.PersistentVolumeClaim":
    "apiVersion kind metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec status:core.v1.PersistentVolumeClaimStatus",
  "core.v1.PersistentVolumeClaimCondition": "lastProbeTime lastTransitionTime message reason status type",
  "core.v1.PersistentVolumeClaimSpec":
    "accessModes dataSource:core.v1.TypedLocalObjectReference dataSourceRef:core.v1.TypedObjectReference resources:core.v1.VolumeResourceRequirements selector:meta.v1.LabelSelector storageClassName volumeAttributesClassName volumeMode volumeName",
  "core.v1.PersistentVolumeClaimStatus":
    "accessModes allocatedResourceStatuses allocatedResources capacity conditions:core.v1.PersistentVolumeClaimCondition currentVolumeAttributesClassName healthStatus:core.v1.VolumeHealthStatus modifyVolumeStatus:core.v1.ModifyVolumeStatus phase",
  "core.v1.PersistentVolumeClaimTemplate": "metadata:meta.v1.ObjectMeta spec:core.v1.PersistentVolumeClaimSpec",
  "core.v1.PersistentVolumeClaimVolumeSource": "claimName readOnly",
  "core.v1.PhotonPersistentDiskVolumeSource": "fsType pdID",
  "core.v1.PodAffinity":
    "preferredDuringSchedulingIgnoredDuringExecution:core.v1.WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:core.v1.PodAffinityTerm",
  "core.v1.PodAffinityTerm":
    "labelSelector:meta.v1.LabelSelector matchLabelKeys mismatchLabelKeys namespaceSelector:meta.v1.LabelSelector namespaces topologyKey",
  "core.v1.PodAntiAffinity":
    "preferredDuringSchedulingIgnoredDuringExecution:core.v1.WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:core.v1.PodAffinityTerm",
  "core.v1.PodCertificateProjection":
    "certificateChainPath credentialBundlePath keyPath keyType maxExpirationSeconds signerName user userAnnotations",
  "core.v1.PodDNSConfig": "nameservers options:core.v1.PodDNSConfigOption searches",
  "core.v1.PodDNSConfigOption": "name value",
  "core.v1.PodOS": "name",
  "core.v1.PodReadinessGate": "conditionType",
  "core.v1.PodResourceClaim": "name resourceClaimName resourceClaimTemplateName",
  "core.v1.PodSchedulingGate": "name",
  "core.v1.PodSchedulingGroup": "podGroupName",
  "core.v1.PodSecurityContext":
    "appArmorProfile:core.v1.AppArmorProfile fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy seLinuxOptions:core.v1.SELinuxOptions seccompProfile:core.v1.SeccompProfile supplementalGroups supplementalGroupsPolicy sysctls:core.v1.Sysctl windowsOptions:core.v1.WindowsSecurityContextOptions",
  "core.v1.PodSpec":
    "activeDeadlineSeconds affinity:core.v1.Affinity automountServiceAccountToken containers:core.v1.Container dnsConfig:core.v1.PodDNSConfig dnsPolicy enableServiceLinks ephemeralContainers:core.v1.EphemeralContainer evictionResponders:core.v1.EvictionResponder hostAliases:core.v1.HostAlias hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets:core.v1.LocalObjectReference initContainers:core.v1.Container nodeName nodeSelector os:core.v1.PodOS overhead preemptionPolicy priority priorityClassName readinessGates:core.v1.PodReadinessGate resourceClaims:core.v1.PodResourceClaim resources:core.v1.ResourceRequirements restartPolicy runtimeClassName schedulerName schedulingGates:core.v1.PodSchedulingGate schedulingGroup:core.v1.PodSchedulingGroup securityContext:core.v1.PodSecurityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations:core.v1.Toleration topologySpreadConstraints:core.v1.TopologySpreadConstraint volumes:core.v1.Volume",
  "core.v1.PodTemplateSpec": "metadata:meta.v1.ObjectMeta spec:core.v1.PodSpec",
  "core.v1.PortworxVolumeSource": "fsType readOnly volumeID",
  "core.v1.PreferredSchedulingTerm": "preference:core.v1.NodeSelectorTerm weight",
  "core.v1.Probe":
    "exec:core.v1.ExecAction failureThreshold grpc:core.v1.GRPCAction httpGet:core.v1.HTTPGetAction initialDelaySeconds periodSeconds successThreshold tcpSocket:core.v1.TCPSocketAction terminationGracePeriodSeconds timeoutSeconds",
  "core.v1.ProjectedVolumeSource": "defaultMode defaultUser sources:core.v1.VolumeProjection",
  "core.v1.QuobyteVolumeSource": "group readOnly registry tenant user volume",
  "core.v1.RBDVolumeSource": "fsType image keyring monitors pool readOnly secretRef:core.v1.LocalObjectReference user",
  "core.v1.ResourceClaim": "name request",
  "core.v1.ResourceFieldSelector": "containerName divisor resource",
  "core.v1.ResourceRequirements": "claims:core.v1.ResourceClaim limits requests",
  "core.v1.SELinuxOptions": "level role type user",
  "core.v1.ScaleIOVolumeSource":
    "fsType gateway protectionDomain readOnly secretRef:core.v1.LocalObjectReference sslEnabled storageMode storagePool system volumeName",
  "core.v1.SeccompProfile": "localhostProfile type",
  "core.v1.SecretEnvSource": "name optional",
  "core.v1.SecretKeySelector": "key name optional",
  "core.v1.SecretProjection": "items:core.v1.KeyToPath name optional",
  "core.v1.SecretVolumeSource": "defaultMode defaultUser items:core.v1.KeyToPath optional secretName",
  "core.v1.SecurityContext":
    "allowPrivilegeEscalation appArmorProfile:core.v1.AppArmorProfile capabilities:core.v1.Capabilities privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions:core.v1.SELinuxOptions seccompProfile:core.v1.SeccompProfile windowsOptions:core.v1.WindowsSecurityContextOptions",
  "core.v1.Service": "apiVersion kind spec:core.v1.ServiceSpec",
  "core.v1.ServiceAccount":
    "apiVersion automountServiceAccountToken imagePullSecrets:core.v1.LocalObjectReference kind secrets:core.v1.ObjectReference",
  "core.v1.ServiceAccountTokenProjection": "audience expirationSeconds path user",
  "core.v1.ServicePort": "appProtocol name nodePort port protocol targetPort",
  "core.v1.ServiceSpec":
    "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports:core.v1.ServicePort publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig:core.v1.SessionAffinityConfig trafficDistribution type",
  "core.v1.SessionAffinityConfig": "clientIP:core.v1.ClientIPConfig",
  "core.v1.SleepAction": "seconds",
  "core.v1.StorageOSVolumeSource": "fsType readOnly secretRef:core.v1.LocalObjectReference volumeName volumeNamespace",
  "core.v1.Sysctl": "name value",
  "core.v1.TCPSocketAction": "host port",
  "core.v1.Toleration": "effect key operator tolerationSeconds value",
  "core.v1.TopologySpreadConstraint":
    "labelSelector:meta.v1.LabelSelector matchLabelKeys maxSkew minDomains nodeAffinityPolicy nodeTaintsPolicy topologyKey whenUnsatisfiable",
  "core.v1.TypedLocalObjectReference": "apiGroup kind name",
  "core.v1.TypedObjectReference": "apiGroup kind name namespace",
  "core.v1.Volume":
    "awsElasticBlockStore:core.v1.AWSElasticBlockStoreVolumeSource azureDisk:core.v1.AzureDiskVolumeSource azureFile:core.v1.AzureFileVolumeSource cephfs:core.v1.CephFSVolumeSource cinder:core.v1.CinderVolumeSource configMap:core.v1.ConfigMapVolumeSource csi:core.v1.CSIVolumeSource downwardAPI:core.v1.DownwardAPIVolumeSource emptyDir:core.v1.EmptyDirVolumeSource ephemeral:core.v1.EphemeralVolumeSource fc:core.v1.FCVolumeSource flexVolume:core.v1.FlexVolumeSource flocker:core.v1.FlockerVolumeSource gcePersistentDisk:core.v1.GCEPersistentDiskVolumeSource gitRepo:core.v1.GitRepoVolumeSource glusterfs:core.v1.GlusterfsVolumeSource hostPath:core.v1.HostPathVolumeSource image:core.v1.ImageVolumeSource iscsi:core.v1.ISCSIVolumeSource name nfs:core.v1.NFSVolumeSource persistentVolumeClaim:core.v1.PersistentVolumeClaimVolumeSource photonPersistentDisk:core.v1.PhotonPersistentDiskVolumeSource portworxVolume:core.v1.PortworxVolumeSource projected:core.v1.ProjectedVolumeSource quobyte:core.v1.QuobyteVolumeSource rbd:core.v1.RBDVolumeSource scaleIO:core.v1.ScaleIOVolumeSource secret:core.v1.SecretVolumeSource storageos:core.v1.StorageOSVolumeSource vsphereVolume:core.v1.VsphereVirtualDiskVolumeSource",
  "core.v1.VolumeDevice": "devicePath name",
  "core.v1.VolumeHealthCondition": "message reason status",
  "core.v1.VolumeHealthStatus": "healthConditions:core.v1.VolumeHealthCondition lastTransitionTime",
  "core.v1.VolumeMount":
    "bindMountOptions mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr",
  "core.v1.VolumeProjection":
    "clusterTrustBundle:core.v1.ClusterTrustBundleProjection configMap:core.v1.ConfigMapProjection downwardAPI:core.v1.DownwardAPIProjection podCertificate:core.v1.PodCertificateProjection secret:core.v1.SecretProjection serviceAccountToken:core.v1.ServiceAccountTokenProjection",
  "core.v1.VolumeResourceRequirements": "limits requests",
  "core.v1.VsphereVirtualDiskVolumeSource": "fsType storagePolicyID storagePolicyName volumePath",
  "core.v1.WeightedPodAffinityTerm": "podAffinityTerm:core.v1.PodAffinityTerm weight",
  "core.v1.WindowsSecurityContextOptions": "gmsaCredentialSpec gmsaCredentialSpecName hostProcess runAsUserName",
  "meta.v1.LabelSelector": "matchExpressions:meta.v1.LabelSelectorRequirement matchLabels",
  "meta.v1.LabelSelectorRequirement": "key operator values",
  "meta.v1.ManagedFieldsEntry": "apiVersion fieldsType fieldsV1 manager operation subresource time",
  "meta.v1.ObjectMeta":
    "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName generation labels managedFields:meta.v1.ManagedFieldsEntry name namespace ownerReferences:meta.v1.OwnerReference resourceVersion selfLink uid",
  "meta.v1.OwnerReference": "apiVersion blockOwnerDeletion controller kind name uid",
  "networking.v1.HTTPIngressPath": "backend:networking.v1.IngressBackend path pathType",
  "networking.v1.HTTPIngressRuleValue": "paths:networking.v1.HTTPIngressPath",
  "networking.v1.IPBlock": "cidr except",
  "networking.v1.Ingress": "apiVersion kind spec:networking.v1.IngressSpec",
  "networking.v1.IngressBackend":
    "resource:core.v1.TypedLocalObjectReference service:networking.v1.IngressServiceBackend",
  "networking.v1.IngressRule": "host http:networking.v1.HTTPIngressRuleValue",
  "networking.v1.IngressServiceBackend": "name port:networking.v1.ServiceBackendPort",
  "networking.v1.IngressSpec":
    "defaultBackend:networking.v1.IngressBackend ingressClassName rules:networking.v1.IngressRule tls:networking.v1.IngressTLS",
  "networking.v1.IngressTLS": "hosts secretName",
  "networking.v1.NetworkPolicy": "apiVersion kind spec:networking.v1.NetworkPolicySpec",
  "networking.v1.NetworkPolicyEgressRule": "ports:networking.v1.NetworkPolicyPort to:networking.v1.NetworkPolicyPeer",
  "networking.v1.NetworkPolicyIngressRule":
    "from:networking.v1.NetworkPolicyPeer ports:networking.v1.NetworkPolicyPort",
  "networking.v1.NetworkPolicyPeer":
    "ipBlock:networking.v1.IPBlock namespaceSelector:meta.v1.LabelSelector podSelector:meta.v1.LabelSelector",
  "networking.v1.NetworkPolicyPort": "endPort port protocol",
  "networking.v1.NetworkPolicySpec":
    "egress:networking.v1.NetworkPolicyEgressRule ingress:networking.v1.NetworkPolicyIngressRule podSelector:meta.v1.LabelSelector policyTypes",
  "networking.v1.ServiceBackendPort": "name number",
  "policy.v1.PodDisruptionBudget": "apiVersion kind spec:policy.v1.PodDisruptionBudgetSpec",
  "policy.v1.PodDisruptionBudgetSpec":
    "maxUnavailable minAvailable selector:meta.v1.LabelSelector unhealthyPodEvictionPolicy",
  "rbac.v1.PolicyRule": "apiGroups nonResourceURLs resourceNames resources verbs",
  "rbac.v1.Role": "apiVersion kind rules:rbac.v1.PolicyRule",
  "rbac.v1.RoleBinding": "apiVersion kind roleRef:rbac.v1.RoleRef subjects:rbac.v1.Subject",
  "rbac.v1.RoleRef": "apiGroup kind name",
  "rbac.v1.Subject": "apiGroup kind name namespace",
  "scheduling.v1alpha3.TopologyConstraint": "key",
  "scheduling.v1alpha3.WorkloadPodGroupDisruptionMode": "all single",
  "scheduling.v1alpha3.WorkloadPodGroupGangSchedulingPolicy": "minCount",
  "scheduling.v1alpha3.WorkloadPodGroupResourceClaim": "name resourceClaimName resourceClaimTemplateName",
  "scheduling.v1alpha3.WorkloadPodGroupSchedulingConstraints": "topology:scheduling.v1alpha3.TopologyConstraint",
  "scheduling.v1alpha3.WorkloadPodGroupSchedulingPolicy":
    "basic gang:scheduling.v1alpha3.WorkloadPodGroupGangSchedulingPolicy",
};
