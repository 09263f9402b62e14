/**
 * Whether this version of Palisade knows a field. Desired objects spell out every default of the fields it knows, so one of them that
 * nobody asked for was added by somebody. Only a field that is unknown here can be the default of a newer server.
 */
import type { FieldPath } from "./diff.ts";
import { FIELDS_OF_TYPE, TYPE_OF_KIND } from "./kubernetes-fields.ts";

/** Field to the type of what is in it; undefined for a scalar or a map. */
type Fields = ReadonlyMap<string, string | undefined>;

const TYPES: ReadonlyMap<string, Fields> = new Map(
  Object.entries(FIELDS_OF_TYPE).map(([type, fields]) => [
    type,
    new Map(
      fields.split(" ").map((field) => {
        const [name = "", of] = field.split(":");
        return [name, of] as const;
      }),
    ),
  ]),
);

/**
 * Field names of kinds that Kubernetes itself does not serve: KEDA's, the Prometheus Operator's, the Gateway API's, Cilium's 1.20,
 * Calico's 3.32 and GKE's FQDNNetworkPolicy v1alpha1. Their types are not known here: a name that is in this list, or that
 * Kubernetes uses anywhere, counts as known.
 */
const ADD_ON_NAMES = `
  advanced applyOnForward attachMetadata authentication authorization backendRef backendRefs backendRequest basicAuth bearerTokenFile
  bearerTokenSecret bodySizeLimit convertClassicHistogramsToNHCB cooldownPeriod current description destination dns doNotTrack domains
  egressDeny enableDefaultDeny enableHttp2 endpointSelector endpoints extensionRef fallback fallbackScrapeProtocol filterRunning filters
  followRedirects formula fromCIDR fromCIDRSet fromEndpoints fromEntities fromGroups fromNodes fromRequires headers honorLabels
  honorTimestamps horizontalPodAutoscalerConfig icmp icmps idleReplicaCount ingressDeny initialCooldownPeriod interval ipVersion jobLabel
  keepDroppedTargets labelLimit labelNameLengthLimit labelValueLengthLimit matchName matchPattern matches maxReplicaCount method
  metricName metricRelabelings metricType minReplicaCount nativeHistogramBucketLimit nativeHistogramMinBucketFactor nets noProxy notICMP
  notNets notPorts notProtocol notSelector oauth2 order params parentRefs pattern performanceHints podMetricsEndpoints podTargetLabels
  pollingInterval portNumber preDNAT proxyConnectHeader proxyFromEnvironment proxyUrl queryParams relabelings requestHeaderModifier
  requestMirror requestRedirect responseHeaderModifier restoreToOriginalReplicaCount retry sampleLimit scalingModifiers scrapeClass
  scrapeClassicHistograms scrapeNativeHistograms scrapeProtocols scrapeTimeout sectionName selectorMechanism serviceAccountSelector
  serviceAccounts serviceDiscoveryRole services sessionPersistence source specs targetLabels targetLimit tier timeouts tlsConfig toCIDR
  toCIDRSet toEndpoints toEntities toFQDNs toGroups toNodes toPorts toRequires toServices trackTimestampsStaleness triggers types
  urlRewrite useCachedMetrics
`;

const NAMES: ReadonlySet<string> = new Set([
  ...ADD_ON_NAMES.trim().split(/\s+/),
  ...[...TYPES.values()].flatMap((fields) => [...fields.keys()]),
]);

/** Calico's kind has the name of Kubernetes' own. */
const OF_TWO_GROUPS: ReadonlySet<string> = new Set(["NetworkPolicy"]);

/** Whether the field at `path` of an object of this kind is known. A key of a map, such as a label, is no field. */
export function isKnownField(kind: string, path: FieldPath): boolean {
  const fields = path.filter((step) => !step.startsWith("["));
  const type = TYPE_OF_KIND[kind];
  if (type !== undefined && hasField(type, fields)) return true;
  return (type === undefined || OF_TWO_GROUPS.has(kind)) && NAMES.has(fields.at(-1) ?? "");
}

function hasField(type: string, [field, ...rest]: FieldPath): boolean {
  const fields = TYPES.get(type);
  if (field === undefined || fields?.has(field) !== true) return false;
  if (rest.length === 0) return true;
  const inside = fields.get(field);
  return inside !== undefined && hasField(inside, rest);
}
