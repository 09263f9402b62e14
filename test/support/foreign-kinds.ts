/** Kinds that not every cluster serves: installed and taken away as their own operators do it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, until } from "../cluster/index.ts";
import { mustKubectl } from "../cluster/kubectl.ts";

export type ForeignKind = "scaledobjects" | "servicemonitors" | "podmonitors" | "verticalpodautoscalers";

const GROUPS: Readonly<Record<ForeignKind, string>> = {
  scaledobjects: "keda.sh",
  servicemonitors: "monitoring.coreos.com",
  podmonitors: "monitoring.coreos.com",
  verticalpodautoscalers: "autoscaling.k8s.io",
};

/** Resolves when the API server serves the kind. */
export async function installKind(cluster: TestCluster, kind: ForeignKind): Promise<void> {
  const input = readFileSync(join(import.meta.dirname, "crds", `${kind}.yaml`), "utf8");
  await mustKubectl(cluster, ["apply", "--server-side", "-f", "-"], { input });
  await until(
    async () => (await cluster.kubectl(["get", `${kind}.${GROUPS[kind]}`, "-A"])).code === 0,
    `${kind} to be served`,
  );
}

/** Takes the kind away, and its objects with it. */
export const removeKind = (cluster: TestCluster, kind: ForeignKind): Promise<string> =>
  mustKubectl(cluster, ["delete", "crd", `${kind}.${GROUPS[kind]}`, "--timeout=30s"]);
