/**
 * The field names of the kinds that Palisade writes, as of Kubernetes 1.37. Desired objects spell out every default of these,
 * so one of them that nobody asked for was added by somebody. Only a name that is not here can be a newer server's default.
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
`;

const KNOWN: ReadonlySet<string> = new Set(NAMES.trim().split(/\s+/));

export const isKnownField = (name: string): boolean => KNOWN.has(name);
