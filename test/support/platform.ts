/** The platform team's side of a test: its SecurityBaseline. */
import { join } from "node:path";
import { API_VERSION } from "../../src/crds/group.ts";
import type { TestCluster } from "../cluster/index.ts";
import { kubectl } from "./cluster.ts";

/** Replaces the whole spec, as the platform team would. */
export async function setBaseline(cluster: TestCluster, spec: object): Promise<void> {
  const input = { apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name: "cluster" }, spec };
  const exists = (await cluster.kubectl(["get", "sb", "cluster"])).code === 0;
  await kubectl(cluster, [exists ? "replace" : "create", "-f", "-"], { input, user: "platform" });
}

export async function dropBaseline(cluster: TestCluster): Promise<void> {
  await kubectl(cluster, ["delete", "sb", "cluster", "--ignore-not-found"], { user: "platform" });
}

/** The one that a SecurityBaseline of a test names for exposure. */
export const INGRESS_CLASS = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: "public" },
  spec: { controller: "example.com/ingress" },
};

/** Installs as much of the Gateway API as is used, or takes it away again. */
export async function setGatewayApi(cluster: TestCluster, installed: boolean): Promise<void> {
  const file = join(import.meta.dirname, "crds", "gateway-api.yaml");
  if (!installed) {
    await kubectl(cluster, ["delete", "-f", file, "--ignore-not-found"]);
    return;
  }
  await kubectl(cluster, ["apply", "--server-side", "-f", file]);
  await kubectl(cluster, ["wait", "--for=condition=Established", "-f", file, "--timeout=30s"]);
}
