/** What an installation applies: for tests, the demo and benchmarks alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestCluster } from "../cluster/index.ts";
import { mustKubectl } from "../cluster/kubectl.ts";

const CONFIG = join(import.meta.dirname, "..", "..", "config");
const FILES = ["crd/palisade.dev_secureworkloads.yaml", "rbac/operator.yaml"];

/** Applies the CRD and the generated role, and waits until the API server serves the CRD. */
export async function installPalisade(cluster: TestCluster): Promise<void> {
  for (const file of FILES) {
    const apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    await mustKubectl(cluster, apply, { input: readFileSync(join(CONFIG, file), "utf8") });
  }
  const served = ["wait", "--for=condition=Established", "crd/secureworkloads.palisade.dev", "--timeout=30s"];
  await mustKubectl(cluster, served);
}
