/**
 * What the webhooks of AWS and Azure add to a pod that has an identity, taken out again, so that a pod can be compared with its
 * template. Exactly the known names with exactly the expected values: anything else stays, and then the pod is
 * somebody else's. GKE adds nothing to pods. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { Identity } from "../../crds/v1alpha1/identity.ts";
import { CLOUD_TOKEN_SECONDS } from "../../expand/cloud-identity.ts";

interface NamedItem {
  readonly name?: unknown;
}

interface ContainerLike {
  readonly env?: readonly NamedItem[] | undefined;
  readonly volumeMounts?: readonly NamedItem[] | undefined;
}

interface PodLike {
  readonly containers?: readonly ContainerLike[] | undefined;
  readonly initContainers?: readonly ContainerLike[] | undefined;
  readonly volumes?: readonly NamedItem[] | undefined;
}

/** One form of what a webhook adds. */
interface Injection {
  readonly volume: Readonly<Record<string, unknown>>;
  readonly mount: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | RegExp>>;
}

function projected(name: string, audience: string, path: string): Injection["volume"] {
  const token = { audience, expirationSeconds: CLOUD_TOKEN_SECONDS, path };
  return { name, projected: { sources: [{ serviceAccountToken: token }], defaultMode: 0o644 } };
}

const mountOf = (name: string, mountPath: string): Injection["mount"] => ({ name, readOnly: true, mountPath });

const AWS_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

const awsInjection = (roleArn: string): Injection => ({
  volume: projected("aws-iam-token", "sts.amazonaws.com", "token"),
  mount: mountOf("aws-iam-token", AWS_PATH),
  env: {
    AWS_ROLE_ARN: roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: `${AWS_PATH}/token`,
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_DEFAULT_REGION: /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/,
    AWS_REGION: /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/,
  },
});

const AZURE_AUDIENCE = "api://AzureADTokenExchange";
/** The volume's name is derived from the pod's in newer versions of the webhook. */
const AZURE_RESERVED = /^azure-workload-identity-reserved-[0-9a-f]{30}$/;
const AZURE_RESERVED_PATH = /^\/var\/run\/secrets\/azure\/wi(\/[0-9a-f]{30})?$/;

function azureInjection(
  azure: NonNullable<Identity["azure"]>,
  name: string,
  mountPath: string,
  path: string,
): Injection {
  return {
    volume: projected(name, AZURE_AUDIENCE, path),
    mount: mountOf(name, mountPath),
    env: {
      AZURE_CLIENT_ID: azure.clientId,
      AZURE_TENANT_ID: azure.tenantId ?? /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      AZURE_FEDERATED_TOKEN_FILE: `${mountPath}/${path}`,
      AZURE_AUTHORITY_HOST: /^https:[/][/]login[.][a-z0-9.-]+[/]$/,
    },
  };
}

/** The forms that could have been added to this pod. */
function injectionsFor(pod: PodLike, { aws, azure }: Identity): readonly Injection[] {
  if (aws !== undefined) return [awsInjection(aws.roleArn)];
  if (azure === undefined) return [];
  const classic = azureInjection(
    azure,
    "azure-identity-token",
    "/var/run/secrets/azure/tokens",
    "azure-identity-token",
  );
  return [classic, ...reservedInjections(pod, azure)];
}

function reservedInjections(pod: PodLike, azure: NonNullable<Identity["azure"]>): readonly Injection[] {
  const names = (pod.volumes ?? []).flatMap(({ name }) =>
    typeof name === "string" && AZURE_RESERVED.test(name) ? [name] : [],
  );
  return names.flatMap((name) => {
    const mount = (pod.containers ?? [])
      .flatMap(({ volumeMounts = [] }) => volumeMounts)
      .find((one) => one.name === name);
    const path = (mount as { readonly mountPath?: string } | undefined)?.mountPath ?? "";
    return AZURE_RESERVED_PATH.test(path) ? [azureInjection(azure, name, path, "token/azure-identity-token")] : [];
  });
}

/** The pod spec without what the webhook of the identity's cloud adds; unchanged without an identity. */
export function withoutInjected(spec: unknown, identity: Identity | undefined): unknown {
  if (identity === undefined || typeof spec !== "object" || spec === null) return spec;
  const pod = spec as PodLike;
  return injectionsFor(pod, identity).reduce<PodLike>(without, pod);
}

function without(pod: PodLike, injection: Injection): PodLike {
  const strip = (container: ContainerLike): ContainerLike => withoutIn(container, injection);
  return {
    ...pod,
    containers: pod.containers?.map(strip),
    initContainers: pod.initContainers?.map(strip),
    volumes: withoutItems(pod.volumes, (volume) => isDeepStrictEqual(volume, injection.volume)),
  };
}

function withoutIn(container: ContainerLike, { env, mount }: Injection): ContainerLike {
  return {
    ...container,
    env: withoutItems(container.env, (entry) => isInjectedEnv(entry, env)),
    volumeMounts: withoutItems(container.volumeMounts, (entry) => isDeepStrictEqual(entry, mount)),
  };
}

function isInjectedEnv(entry: NamedItem, env: Injection["env"]): boolean {
  const { name = "", value, ...rest } = entry as { readonly name?: string; readonly value?: string };
  const expected = Object.hasOwn(env, name) ? env[name] : undefined;
  if (expected === undefined || value === undefined || Object.keys(rest).length > 0) return false;
  return typeof expected === "string" ? value === expected : expected.test(value);
}

/** A list that ends up empty was not there in the template. */
function withoutItems(
  items: readonly NamedItem[] | undefined,
  isInjected: (item: NamedItem) => boolean,
): readonly NamedItem[] | undefined {
  const kept = items?.filter((item) => !isInjected(item));
  return kept?.length === 0 ? undefined : kept;
}
