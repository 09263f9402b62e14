/** Drift made on purpose, by one whom admission policies let through: what is changed must come back. */
import { type Client, createClient } from "../../src/kopf/client.ts";
import { kubeconfigConnection } from "../../src/kopf/connection.ts";
import type { ObjectName } from "../../src/kopf/object.ts";
import { createTransport } from "../../src/kopf/transport.ts";
import { DEPLOYMENT } from "../../src/reconcilers/secure-workload/resources/kinds.ts";
import { type TestCluster, until } from "../cluster/index.ts";

/** The garbage collector may write everything: who steals its token is undone, and not refused. */
export async function trustedClient(cluster: TestCluster): Promise<Client> {
  const path = await cluster.serviceAccountKubeconfig("kube-system", "generic-garbage-collector");
  return createClient(createTransport(await kubeconfigConnection({ path })), "tamperer");
}

/** Of a workload that declares no pods at all. */
export async function scaleUp(client: Client, name: ObjectName): Promise<void> {
  await client.patch(DEPLOYMENT, name, { spec: { replicas: 3 } }, { type: "merge" });
}

export async function isScaledUp(client: Client, name: ObjectName): Promise<boolean> {
  const live = await client.get(DEPLOYMENT, name);
  return (live?.["spec"] as { readonly replicas?: number } | undefined)?.replicas !== 0;
}

export const untilUndone = (client: Client, name: ObjectName, withinMs: number): Promise<void> =>
  until(async () => !(await isScaledUp(client, name)), `the Deployment of ${name.namespace} to be put right`, withinMs);
