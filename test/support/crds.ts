/** Definitions of kinds that a cluster may have beside Kubernetes' own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { TestCluster } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { kubectl } from "./cluster.ts";

const FOLDER = join(import.meta.dirname, "crds");

interface Definition {
  readonly metadata: { readonly name: string };
}

const definitionsIn = (file: string): readonly Definition[] =>
  parseAllDocuments(readFileSync(join(FOLDER, `${file}.yaml`), "utf8"), { merge: true }).map(
    (document) => document.toJS() as Definition,
  );

/** Installs the definitions of `file`, or those named alone, and waits until they are established. */
export async function installCrds(cluster: TestCluster, file: string, only?: readonly string[]): Promise<void> {
  const wanted = definitionsIn(file).filter(({ metadata }) => only?.includes(metadata.name) ?? true);
  await mustKubectl(cluster, ["apply", "--server-side", "-f", "-"], { input: listOf(wanted) });
  const names = wanted.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl(cluster, ["wait", "--for=condition=Established", ...names, "--timeout=30s"]);
}

export async function removeCrds(cluster: TestCluster, file: string): Promise<void> {
  const names = definitionsIn(file).map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl(cluster, ["delete", ...names, "--timeout=30s"]);
}
