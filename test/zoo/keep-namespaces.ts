/** The programs of a profile at work: what belongs into each namespace is made again and again, and each add-on does its round. */
import { createClient, createTransport, kubeconfigConnection } from "kopf-ts";
import { NAMESPACE } from "../../src/kubernetes/kinds.ts";
import type { TestCluster } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { kubectl } from "../support/cluster.ts";
import type { Profile } from "./profile.ts";

const ROUND_MS = 500;
const ACCOUNT = { namespace: "kube-system", name: "cluster-add-ons" };

/** Namespaces of nobody's application. */
const isSystem = (name: string): boolean => /^(kube-|palisade-system$|default$|vault$)/.test(name);

export interface KeptNamespaces {
  stop(): Promise<void>;
}

/** Runs until stopped, under an account that may write everything. */
export async function keepNamespaces(cluster: TestCluster, profile: Profile): Promise<KeptNamespaces> {
  const { namespace, name } = ACCOUNT;
  await kubectl(cluster, ["create", "serviceaccount", name, "-n", namespace]);
  await kubectl(cluster, [
    "create",
    "clusterrolebinding",
    name,
    "--clusterrole=cluster-admin",
    `--serviceaccount=${namespace}:${name}`,
  ]);
  const path = await cluster.serviceAccountKubeconfig(namespace, name);
  const transport = createTransport(await kubeconfigConnection({ path }));
  const client = createClient(transport, "cluster-add-ons");
  let isStopped = false;
  const round = async (): Promise<void> => {
    const { items } = await client.list(NAMESPACE);
    for (const { metadata } of items.filter((item) => !isSystem(item.metadata.name))) {
      for (const input of profile.inNamespace(metadata.name))
        await kubectl(cluster, ["apply", "--server-side", "--field-manager=cluster-add-ons", "-f", "-"], { input });
      for (const { act } of profile.addOns) await act(client, metadata.name);
    }
  };
  const loop = (async () => {
    while (!isStopped) {
      // As a controller: what one round could not do, the next does.
      await round().catch(() => {});
      await pause(ROUND_MS);
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await loop;
      await transport.close();
    },
  };
}
