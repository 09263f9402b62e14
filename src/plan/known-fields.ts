/**
 * The field names of the kinds that Palisade writes, as of Kubernetes 1.37, and of those it writes beside: KEDA's, the Prometheus
 * Operator's, Cilium's 1.20, Calico's 3.32 and GKE's FQDNNetworkPolicy v1alpha1. Desired objects spell out every default of these, so
 * one of them that nobody asked for was added by somebody. Only a name that is not here can be a newer server's default.
 */
const NAMES = `
  activeDeadlineSeconds affinity aggregationRule annotations apiGroup apiGroups apiVersion allocateLoadBalancerNodePorts
  allowPrivilegeEscalation appArmorProfile args automountServiceAccountToken awsElasticBlockStore azureDisk azureFile capabilities
  add drop cephfs cidr cinder claims clusterIP clusterIPs clusterTrustBundle command configMap configMapKeyRef configMapRef
  containerPort containers csi defaultMode divisor dnsConfig dnsPolicy downwardAPI egress emptyDir enableServiceLinks env envFrom
  ephemeral ephemeralContainers except exec expirationSeconds externalIPs externalName externalTrafficPolicy failureThreshold fc
  fieldPath fieldRef fileKeyRef finalizers flexVolume flocker from fsGroup fsGroupChangePolicy gcePersistentDisk generateName
  gitRepo glusterfs grpc healthCheckNodePort host hostAliases hostIP hostIPC hostNetwork hostPath hostPID hostPort hostUsers
  hostname hostnameOverride httpGet httpHeaders image imagePullPolicy imagePullSecrets ingress initContainers initialDelaySeconds
  internalTrafficPolicy ipBlock ipFamilies ipFamilyPolicy iscsi items key kind labelSelector labels lifecycle limits livenessProbe
  loadBalancerClass loadBalancerIP loadBalancerSourceRanges localObjectReference matchExpressions matchLabelKeys matchLabels maxSkew
  maxSurge maxUnavailable medium metadata minAvailable minDomains minReadySeconds mode mountPath mountPropagation name namespace
  namespaceSelector nfs nodeAffinityPolicy nodeName nodePort nodeSelector nodeTaintsPolicy nonResourceURLs optional os overhead
  ownerReferences path paused periodSeconds persistentVolumeClaim photonPersistentDisk podAffinity podAntiAffinity
  podCertificate podSelector policyTypes port ports portworxVolume postStart preemptionPolicy prefix preStop priority
  priorityClassName privileged procMount progressDeadlineSeconds projected protocol publishNotReadyAddresses quobyte rbd
  readinessGates readinessProbe readOnly readOnlyRootFilesystem recursiveReadOnly replicas requests resizePolicy resourceClaims
  resourceFieldRef resourceNames resources restartPolicy restartPolicyRules revisionHistoryLimit roleRef rollingUpdate rules
  runAsGroup runAsNonRoot runAsUser runtimeClassName scaleIO schedulerName scheme schedulingGates schedulingGroup seccompProfile
  secret secretKeyRef secretRef secrets securityContext selector seLinuxChangePolicy seLinuxOptions service serviceAccount
  serviceAccountName serviceAccountToken sessionAffinity sessionAffinityConfig setHostnameAsFQDN shareProcessNamespace sizeLimit
  sources spec startupProbe stdin stdinOnce stopSignal storageos strategy subdomain subjects subPath subPathExpr successThreshold
  supplementalGroups supplementalGroupsPolicy sysctls targetPort tcpSocket template terminationGracePeriodSeconds
  terminationMessagePath terminationMessagePolicy timeoutSeconds to tolerations topologyKey topologySpreadConstraints
  trafficDistribution tty type unhealthyPodEvictionPolicy value valueFrom verbs volumeDevices volumeMounts volumes vsphereVolume
  whenUnsatisfiable windowsOptions workingDir workloadRef
  accessModes backoffLimit backoffLimitPerIndex binaryData completionMode completions concurrencyPolicy currentRevision data dataSource
  dataSourceRef failedJobsHistoryLimit immutable jobTemplate managedBy manualSelector maxFailedIndexes ordinals parallelism partition
  persistentVolumeClaimRetentionPolicy podFailurePolicy podManagementPolicy podReplacementPolicy schedule seconds serviceName sleep
  startingDeadlineSeconds storage storageClassName successPolicy successfulJobsHistoryLimit suspend timeZone ttlSecondsAfterFinished
  updateStrategy volumeAttributesClassName volumeClaimTemplates volumeMode volumeName whenDeleted whenScaled
  advanced attachMetadata authorization averageUtilization averageValue basicAuth bearerTokenFile bearerTokenSecret behavior
  bodySizeLimit container containerResource convertClassicHistogramsToNHCB cooldownPeriod current describedObject effect
  enableHttp2 endpoints external fallback fallbackScrapeProtocol filterRunning followRedirects formula honorLabels honorTimestamps
  horizontalPodAutoscalerConfig idleReplicaCount initialCooldownPeriod interval jobLabel keepDroppedTargets labelLimit
  labelNameLengthLimit labelValueLengthLimit matchFields maxReplicaCount maxReplicas metric metricName metricRelabelings metrics
  metricType minReplicaCount minReplicas nativeHistogramBucketLimit nativeHistogramMinBucketFactor nodeAffinity nodeSelectorTerms
  noProxy oauth2 object operator params podMetricsEndpoints pods podTargetLabels policies pollingInterval portNumber preference
  preferredDuringSchedulingIgnoredDuringExecution proxyConnectHeader proxyFromEnvironment proxyUrl relabelings
  requiredDuringSchedulingIgnoredDuringExecution resource restoreToOriginalReplicaCount sampleLimit scaleDown scaleTargetRef
  scaleUp scalingModifiers scrapeClass scrapeClassicHistograms scrapeNativeHistograms scrapeProtocols scrapeTimeout
  selectorMechanism selectPolicy serviceDiscoveryRole stabilizationWindowSeconds target targetLabels targetLimit tlsConfig
  tolerance tolerationSeconds trackTimestampsStaleness triggers useCachedMetrics values weight
  backend backendRef backendRefs backendRequest defaultBackend extensionRef filters headers hostnames hosts http ingressClassName
  matches method number parentRefs paths pathType queryParams request requestHeaderModifier requestMirror requestRedirect
  resource responseHeaderModifier retry secretName sectionName sessionPersistence timeouts tls urlRewrite weight
  action applyOnForward authentication description destination dns domains doNotTrack egressDeny enableDefaultDeny endPort
  endpointSelector fromCIDR fromCIDRSet fromEndpoints fromEntities fromGroups fromNodes fromRequires http icmp icmps ingressDeny
  auditAnnotations excludeResourceRules expression failurePolicy matchConditions matchConstraints matchPolicy matchResources message
  messageExpression objectSelector operations paramKind paramRef parameterNotFoundAction policyName reason resourceRules scope
  validationActions validations valueExpression variables
  ipVersion matches matchName matchPattern nets nodeSelector notNets notICMP notPorts notProtocol notSelector order
  pattern performanceHints preDNAT serviceAccounts serviceAccountSelector services source specs tier toCIDR toCIDRSet toEndpoints
  toEntities toFQDNs toGroups toNodes toPorts toRequires toServices types
`;

const KNOWN: ReadonlySet<string> = new Set(NAMES.trim().split(/\s+/));

export const isKnownField = (name: string): boolean => KNOWN.has(name);
