import { expect, test } from "@jest/globals";
import type { Identity } from "../../crds/v1alpha1/identity.ts";
import { withoutInjected } from "./injected-fields.ts";
import { podParts } from "./pod-fields.ts";

const ROLE = "arn:aws:iam::111122223333:role/shop-web";
const CLIENT = "01234567-89ab-cdef-0123-456789abcdef";
const AWS: Identity = { aws: { roleArn: ROLE } };
const AZURE: Identity = { azure: { clientId: CLIENT } };

const container = { name: "web", image: "web:1" };
const TEMPLATE = { containers: [container], serviceAccountName: "web" };

const AWS_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const token = (name: string, audience: string, path: string, seconds = 3_600) => ({
  name,
  projected: {
    sources: [{ serviceAccountToken: { audience, expirationSeconds: seconds, path } }],
    defaultMode: 420,
  },
});
const awsEnv = [
  { name: "AWS_STS_REGIONAL_ENDPOINTS", value: "regional" },
  { name: "AWS_DEFAULT_REGION", value: "eu-central-1" },
  { name: "AWS_REGION", value: "us-gov-west-1" },
  { name: "AWS_ROLE_ARN", value: ROLE },
  { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: `${AWS_PATH}/token` },
];
const awsVolume = token("aws-iam-token", "sts.amazonaws.com", "token");
const awsMount = { name: "aws-iam-token", readOnly: true, mountPath: AWS_PATH };

/** As the webhook of EKS leaves it: the volume first, the rest last. */
const injectedByAws = (env: readonly object[] = awsEnv, volume: object = awsVolume, mount: object = awsMount) => ({
  ...TEMPLATE,
  containers: [{ ...container, env, volumeMounts: [mount] }],
  volumes: [volume],
});

const azureEnv = (file: string) => [
  { name: "AZURE_CLIENT_ID", value: CLIENT },
  { name: "AZURE_TENANT_ID", value: "fedcba98-7654-3210-fedc-ba9876543210" },
  { name: "AZURE_FEDERATED_TOKEN_FILE", value: file },
  { name: "AZURE_AUTHORITY_HOST", value: "https://login.example.com/" },
];
function injectedByAzure(name: string, mountPath: string, path: string) {
  return {
    ...TEMPLATE,
    containers: [
      { ...container, env: azureEnv(`${mountPath}/${path}`), volumeMounts: [{ name, mountPath, readOnly: true }] },
    ],
    volumes: [token(name, "api://AzureADTokenExchange", path)],
  };
}

const same = (pod: object, identity: Identity | undefined, template: object = TEMPLATE): boolean =>
  podParts(pod, { identity }).digest === podParts(template, { identity }).digest;

test.each([
  { name: "EKS", pod: injectedByAws(), identity: AWS },
  {
    name: "AKS",
    pod: injectedByAzure("azure-identity-token", "/var/run/secrets/azure/tokens", "azure-identity-token"),
    identity: AZURE,
  },
  {
    name: "AKS with reserved names",
    pod: injectedByAzure(
      `azure-workload-identity-reserved-${"0f".repeat(15)}`,
      `/var/run/secrets/azure/wi/${"0f".repeat(15)}`,
      "token/azure-identity-token",
    ),
    identity: AZURE,
  },
])("what the webhook of $name adds is not seen, with the identity and only with it", ({ pod, identity }) => {
  expect(same(pod, identity)).toBe(true);
  expect(same(pod, undefined)).toBe(false);
  expect(same(pod, { gcp: { serviceAccount: "web-01@my-project.iam.gserviceaccount.com" } })).toBe(false);
  expect(same(pod, identity === AWS ? AZURE : AWS)).toBe(false);
});

test("every container has it, init containers too, beside what they had before", () => {
  const own = { env: [{ name: "MODE", value: "x" }], volumeMounts: [{ name: "scratch-0", mountPath: "/tmp" }] };
  const scratch = { name: "scratch-0", emptyDir: { sizeLimit: "64Mi" } };
  const template = {
    ...TEMPLATE,
    containers: [{ ...container, ...own }],
    initContainers: [container],
    volumes: [scratch],
  };
  const pod = {
    ...TEMPLATE,
    containers: [{ ...container, env: [...own.env, ...awsEnv], volumeMounts: [...own.volumeMounts, awsMount] }],
    initContainers: [{ ...container, env: awsEnv, volumeMounts: [awsMount] }],
    volumes: [awsVolume, scratch],
  };
  expect(same(pod, AWS, template)).toBe(true);
});

test("a region that the template itself names is no difference either", () => {
  const template = { ...TEMPLATE, containers: [{ ...container, env: [{ name: "AWS_REGION", value: "eu-west-1" }] }] };
  const env = [{ name: "AWS_REGION", value: "eu-west-1" }, ...awsEnv.filter(({ name }) => !name.endsWith("REGION"))];
  expect(same(injectedByAws(env), AWS, template)).toBe(true);
});

const replaced = (name: string, value: string) =>
  awsEnv.map((entry) => (entry.name === name ? { name, value } : entry));

test.each([
  { name: "another role", pod: injectedByAws(replaced("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/admin")) },
  { name: "a token from elsewhere", pod: injectedByAws(replaced("AWS_WEB_IDENTITY_TOKEN_FILE", "/tmp/token")) },
  { name: "a region that is a host", pod: injectedByAws(replaced("AWS_REGION", "evil.example.com/")) },
  {
    name: "a variable that is not known",
    pod: injectedByAws([...awsEnv, { name: "AWS_ENDPOINT_URL", value: "http://evil" }]),
  },
  {
    name: "a variable named like what every object has",
    pod: injectedByAws([...awsEnv, { name: "constructor", value: "x" }]),
  },
  {
    name: "a variable from a Secret",
    pod: injectedByAws([
      ...awsEnv.slice(1),
      { name: "AWS_STS_REGIONAL_ENDPOINTS", valueFrom: { secretKeyRef: { name: "a", key: "b" } } },
    ]),
  },
  { name: "a token for another audience", pod: injectedByAws(awsEnv, token("aws-iam-token", "kubernetes", "token")) },
  {
    name: "a token that lives longer",
    pod: injectedByAws(awsEnv, token("aws-iam-token", "sts.amazonaws.com", "token", 86_400)),
  },
  {
    name: "a second source in the volume",
    pod: injectedByAws(awsEnv, {
      name: "aws-iam-token",
      projected: { defaultMode: 420, sources: [...awsVolume.projected.sources, { secret: { name: "x" } }] },
    }),
  },
  {
    name: "a volume of the name that is a Secret",
    pod: injectedByAws(awsEnv, { name: "aws-iam-token", secret: { secretName: "x" } }),
  },
  { name: "a mount that may be written", pod: injectedByAws(awsEnv, awsVolume, { ...awsMount, readOnly: false }) },
  { name: "a mount elsewhere", pod: injectedByAws(awsEnv, awsVolume, { ...awsMount, mountPath: "/app" }) },
])("$name is seen", ({ pod }) => {
  expect(same(pod, AWS)).toBe(false);
});

test("the argument stays as it is", () => {
  const pod = injectedByAws();
  const before = structuredClone(pod);
  withoutInjected(pod, AWS);
  expect(pod).toEqual(before);
  expect(withoutInjected(undefined, AWS)).toBeUndefined();
});
