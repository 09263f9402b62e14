/** The platform team's side of a test: its SecurityBaseline. */
import { join } from "node:path";
import { API_VERSION } from "../../src/crds/group.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { kubectl } from "./cluster.ts";

/** Replaces the whole spec, as the platform team would: again where the operator wrote the status in between. */
export async function setBaseline(cluster: TestCluster, spec: object): Promise<void> {
  const input = { apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name: "cluster" }, spec };
  const exists = (await cluster.kubectl(["get", "sb", "cluster"])).code === 0;
  const write = [exists ? "replace" : "create", "-f", "-"];
  await until(async () => {
    const { code, stderr } = await cluster.kubectl(write, { input: JSON.stringify(input), user: "platform" });
    if (code !== 0 && !stderr.includes("the object has been modified")) throw new Error(stderr);
    return code === 0;
  }, "the SecurityBaseline to be written");
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
