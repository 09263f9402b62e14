/** What an installation applies: for tests, the demo and benchmarks alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import type { TestCluster } from "../cluster/index.ts";
import { mustKubectl } from "../cluster/kubectl.ts";

const CONFIG = join(import.meta.dirname, "..", "..", "config");
const FILES = [
  ...CUSTOM_KINDS.map(({ resource: { group, plural } }) => `crd/${group}_${plural}.yaml`),
  "rbac/operator.yaml",
  "rbac/roles.yaml",
  "priority/classes.yaml",
];

/** Applies the CRDs, the roles and the priorities, and waits until the API server serves the CRDs. */
export async function installPalisade(cluster: TestCluster): Promise<void> {
  for (const file of FILES) {
    const apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    await mustKubectl(cluster, apply, { input: readFileSync(join(CONFIG, file), "utf8") });
  }
  const crds = CUSTOM_KINDS.map(({ resource }) => `crd/${crdNameOf(resource)}`);
  await mustKubectl(cluster, ["wait", "--for=condition=Established", ...crds, "--timeout=30s"]);
}
