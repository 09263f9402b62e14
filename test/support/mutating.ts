/** What clouds and tools do to objects on their way in, done by the API server itself: a MutatingAdmissionPolicy in place of each webhook. */

interface Mutation {
  readonly namespace: string;
  /** Of the policy, beside the namespace's. */
  readonly name: string;
  readonly resource?: readonly [group: string, plural: string];
  readonly operations?: readonly string[];
}

/** The policy and its binding; `expression` is a JSONPatch. */
const patchPolicy = (mutation: Mutation, expression: string): readonly object[] =>
  policy(mutation, { patchType: "JSONPatch", jsonPatch: { expression } });

/** The same with an apply configuration. */
const applyPolicy = (mutation: Mutation, expression: string): readonly object[] =>
  policy(mutation, { patchType: "ApplyConfiguration", applyConfiguration: { expression } });

function policy(
  { namespace, name, resource: [group, plural] = ["", "pods"], operations = ["CREATE"] }: Mutation,
  mutation: object,
): readonly object[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const metadata = { name: `${namespace}-${name}` };
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata,
      spec: {
        failurePolicy: "Ignore",
        reinvocationPolicy: "Never",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          resourceRules: [{ apiGroups: [group], apiVersions: ["v1"], operations, resources: [plural] }],
        },
        mutations: [mutation],
      },
    },
    { apiVersion, kind: "MutatingAdmissionPolicyBinding", metadata, spec: { policyName: metadata.name } },
  ];
}

const inEveryContainer = (fields: string): string =>
  `Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, ${fields}})}}`;

/** As AlwaysPullImages does. */
export const alwaysPull = (namespace: string): readonly object[] =>
  applyPolicy({ namespace, name: "pull" }, inEveryContainer('imagePullPolicy: "Always"'));

/** As Datadog's admission controller does. */
export const injectEnv = (namespace: string, name = "DD_TRACE_AGENT_URL"): readonly object[] =>
  applyPolicy(
    { namespace, name: "env" },
    inEveryContainer(`env: [Object.spec.containers.env{name: "${name}", value: "http://agent.monitoring:8126"}]`),
  );

const TOKEN_PATH = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";

/** As EKS Pod Identity does: variables, one mount, and a projected token of a day. */
export function injectPodIdentity(namespace: string): readonly object[] {
  const volume = `Object.spec.volumes{name: "eks-pod-identity-token", projected: Object.spec.volumes.projected{
    sources: [Object.spec.volumes.projected.sources{serviceAccountToken:
      Object.spec.volumes.projected.sources.serviceAccountToken{
        audience: "pods.eks.amazonaws.com", expirationSeconds: 86400, path: "eks-pod-identity-token"}}]}}`;
  const variable = (name: string, value: string): string =>
    `Object.spec.containers.env{name: "${name}", value: "${value}"}`;
  return [
    // Lists of sources are atomic: no apply configuration may hold one.
    ...patchPolicy(
      { namespace, name: "token" },
      `has(object.spec.volumes)
        ? [JSONPatch{op: "add", path: "/spec/volumes/-", value: ${volume}}]
        : [JSONPatch{op: "add", path: "/spec/volumes", value: [${volume}]}]`,
    ),
    ...applyPolicy(
      { namespace, name: "identity" },
      inEveryContainer(`
        env: [
          ${variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")},
          ${variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", `${TOKEN_PATH}/eks-pod-identity-token`)}],
        volumeMounts: [Object.spec.containers.volumeMounts{
          name: "eks-pod-identity-token", readOnly: true, mountPath: "${TOKEN_PATH}"}]`),
    ),
  ];
}

/** As PodNodeSelector and OpenShift do. */
export const selectNodes = (namespace: string, key: string, value: string): readonly object[] =>
  patchPolicy(
    { namespace, name: "pool" },
    `has(object.spec.nodeSelector)
      ? [JSONPatch{op: "add", path: "/spec/nodeSelector/${key.replaceAll("/", "~1")}", value: "${value}"}]
      : [JSONPatch{op: "add", path: "/spec/nodeSelector", value: {"${key}": "${value}"}}]`,
  );

/** A sidecar that obeys every rule of the baseline, with a volume of its own. */
export const injectSidecar = (namespace: string, name: string): readonly object[] =>
  patchPolicy(
    { namespace, name: "sidecar" },
    `[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{
      name: "${name}", image: "registry.example.com/mesh/proxy:1.2.3",
      securityContext: Object.spec.containers.securityContext{
        allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false, runAsNonRoot: true,
        capabilities: Object.spec.containers.securityContext.capabilities{drop: ["ALL"]},
        seccompProfile: Object.spec.containers.securityContext.seccompProfile{type: "RuntimeDefault"}},
      resources: Object.spec.containers.resources{
        limits: {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi"},
        requests: {"cpu": "10m", "memory": "64Mi", "ephemeral-storage": "64Mi"}}}}]`,
  );

/** As GKE does with Services. */
export const annotateServices = (namespace: string, key: string, value: string, name = "service"): readonly object[] =>
  annotating({ namespace, name, resource: ["", "services"] }, key, value);

const annotating = (mutation: Mutation, key: string, value: string): readonly object[] =>
  patchPolicy(
    { ...mutation, operations: ["CREATE", "UPDATE"] },
    `has(object.metadata.annotations)
      ? [JSONPatch{op: "add", path: "/metadata/annotations/${key.replaceAll("/", "~1")}", value: '${value}'}]
      : [JSONPatch{op: "add", path: "/metadata/annotations", value: {"${key}": '${value}'}}]`,
  );

/** As policy engines do that annotate whatever is created or changed. */
export const annotateConfigMaps = (namespace: string, key: string, value: string): readonly object[] =>
  annotating({ namespace, name: "configs", resource: ["", "configmaps"] }, key, value);

/** As Kyverno and Sigstore's policy controller do with controllers of pods. */
export const pinImages = (
  namespace: string,
  digest: string,
  operations: readonly string[] = ["CREATE", "UPDATE"],
): readonly object[] =>
  applyPolicy(
    { namespace, name: "digest", resource: ["apps", "deployments"], operations },
    `Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
      containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
        name: c.name, image: c.image.contains('@') ? c.image : c.image + '@${digest}'})}}}}`,
  );

/** As policy engines do that label and annotate whatever is changed. */
export const markUpdates = (namespace: string): readonly object[] =>
  applyPolicy(
    { namespace, name: "mark", resource: ["apps", "deployments"], operations: ["UPDATE"] },
    'Object{metadata: Object.metadata{labels: {"team": "shop"}, annotations: {"example.org/checked": "yes"}}}',
  );

/** As Kueue does with pods of its queues. */
export const gatePods = (namespace: string, gate: string): readonly object[] =>
  applyPolicy(
    { namespace, name: "gate" },
    `Object{spec: Object.spec{schedulingGates: [Object.spec.schedulingGates{name: "${gate}"}]}}`,
  );

/** As policy engines do that label whatever is created or changed in a namespace, for the bill (Gatekeeper's AssignMetadata, Kyverno). */
export const labelEverything = (namespace: string, label: string): readonly object[] =>
  patchPolicy(
    { namespace, name: "label", resource: ["*", "*"], operations: ["CREATE", "UPDATE"] },
    labelled("object.metadata", "/metadata", label),
  );

/** As Kyverno's rules on pods do with what makes pods. */
export const labelTemplates = (namespace: string, label: string): readonly object[] =>
  ["deployments", "statefulsets", "daemonsets"].flatMap((plural) =>
    patchPolicy(
      { namespace, name: plural, resource: ["apps", plural], operations: ["CREATE", "UPDATE"] },
      labelled("object.spec.template.metadata", "/spec/template/metadata", label),
    ),
  );

const labelled = (metadata: string, path: string, label: string): string =>
  `has(${metadata}.labels)
    ? [JSONPatch{op: "add", path: "${path}/labels/${label.replaceAll("/", "~1")}", value: "4711"}]
    : [JSONPatch{op: "add", path: "${path}/labels", value: {"${label}": "4711"}}]`;

/** As GKE Autopilot does with what makes pods: amounts that it has nodes for, and a toleration of them. */
export const adjustTemplates = (namespace: string): readonly object[] =>
  patchPolicy(
    { namespace, name: "autopilot", resource: ["apps", "deployments"], operations: ["CREATE", "UPDATE"] },
    `[JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/resources/requests/cpu", value: "250m"},
      JSONPatch{op: "add", path: "/spec/template/spec/tolerations", value: [
        Object.spec.template.spec.tolerations{key: "kubernetes.io/arch", operator: "Equal", value: "amd64", effect: "NoSchedule"}]}]`,
  );
