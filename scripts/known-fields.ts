/** `make known-fields`: writes the fields of Kubernetes' own kinds as the embedded API server serves them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../test/cluster/index.ts";
import { fieldsServedBy } from "./known-fields/served.ts";

const FILE = "src/plan/kubernetes-fields.ts";

const cluster = await startCluster({ log: (line) => console.log(line) });
try {
  writeFileSync(join(import.meta.dirname, "..", FILE), await fieldsServedBy(cluster));
  console.log(`wrote ${FILE}`);
} finally {
  await cluster.stop();
}
