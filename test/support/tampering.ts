/** Drift made on purpose, by one whom admission policies let through: what is changed must come back. */
import {
  type Client,
  createClient,
  createTransport,
  kubeconfigConnection,
  type ObjectName,
  type Resource,
} from "kopf-ts";
import { DEPLOYMENT } from "../../src/kubernetes/kinds.ts";
import { type TestCluster, until } from "../cluster/index.ts";

/** The garbage collector may write everything: who steals its token is undone, and not refused. */
export async function trustedClient(cluster: TestCluster): Promise<Client> {
  const path = await cluster.serviceAccountKubeconfig("kube-system", "generic-garbage-collector");
  return createClient(createTransport(await kubeconfigConnection({ path })), "tamperer");
}

export interface Scaled extends ObjectName {
  /** A Deployment unless set. */
  readonly resource?: Resource;
}

/** Of a workload that declares no pods at all. */
export async function scaleUp(client: Client, { resource = DEPLOYMENT, ...name }: Scaled): Promise<void> {
  await client.patch(resource, name, { spec: { replicas: 3 } }, { type: "merge" });
}

export async function isScaledUp(client: Client, { resource = DEPLOYMENT, ...name }: Scaled): Promise<boolean> {
  const live = await client.get(resource, name);
  return (live?.["spec"] as { readonly replicas?: number } | undefined)?.replicas !== 0;
}

export const untilUndone = (client: Client, name: Scaled, withinMs: number): Promise<void> =>
  until(
    async () => !(await isScaledUp(client, name)),
    `the ${name.resource?.kind ?? DEPLOYMENT.kind} of ${name.namespace} to be put right`,
    withinMs,
  );
