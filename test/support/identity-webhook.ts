/** What the webhook of EKS does to pods, done by the API server itself: a mutating policy in place of a webhook server. */
const AWS_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

/** Adds to each pod of `namespace` what the webhook adds for the role: the volume first, the rest last. */
export function awsWebhook(namespace: string, roleArn: string): readonly object[] {
  const name = `aws-webhook-${namespace}`;
  const env = [
    ["AWS_STS_REGIONAL_ENDPOINTS", "regional"],
    ["AWS_DEFAULT_REGION", "eu-central-1"],
    ["AWS_REGION", "eu-central-1"],
    ["AWS_ROLE_ARN", roleArn],
    ["AWS_WEB_IDENTITY_TOKEN_FILE", `${AWS_PATH}/token`],
  ].map(([key, value]) => `Object.spec.containers.env{name: "${key}", value: "${value}"}`);
  const volume = `Object.spec.volumes{name: "aws-iam-token", projected: Object.spec.volumes.projected{
    sources: [Object.spec.volumes.projected.sources{serviceAccountToken:
      Object.spec.volumes.projected.sources.serviceAccountToken{audience: "sts.amazonaws.com", expirationSeconds: 3600, path: "token"}}]}}`;
  const addVolume = `has(object.spec.volumes)
    ? [JSONPatch{op: "add", path: "/spec/volumes/0", value: ${volume}}]
    : [JSONPatch{op: "add", path: "/spec/volumes", value: [${volume}]}]`;
  const addToContainers = `Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{
    name: c.name,
    env: [${env.join(", ")}],
    volumeMounts: [Object.spec.containers.volumeMounts{name: "aws-iam-token", readOnly: true, mountPath: "${AWS_PATH}"}]})}}`;
  const apiVersion = "admissionregistration.k8s.io/v1";
  const only = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        matchConstraints: {
          namespaceSelector: only,
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
        mutations: [
          { patchType: "JSONPatch", jsonPatch: { expression: addVolume } },
          { patchType: "ApplyConfiguration", applyConfiguration: { expression: addToContainers } },
        ],
      },
    },
    { apiVersion, kind: "MutatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: name } },
  ];
}
