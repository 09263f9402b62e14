/** The operator as in production: a process of its own, under its own ServiceAccount and the generated role. */
import { join } from "node:path";
import { type TestCluster, until } from "../../cluster/index.ts";
import { hasEnded, startProcess, tailOf } from "../../cluster/processes.ts";

const NAME = "palisade";
const MAIN = join(import.meta.dirname, "..", "..", "..", "src", "main.ts");

/** Resolves when it leads. It ends with the cluster; its log is `palisade.log` in the cluster's folder. */
export async function startOperator(cluster: TestCluster, detached: boolean): Promise<void> {
  const folder = cluster.description?.folder;
  if (folder === undefined) throw new Error("end-to-end tests run on an embedded cluster: unset PALISADE_CLUSTER");
  const kubeconfig = await cluster.serviceAccountKubeconfig("palisade-system", NAME);
  const command = [process.execPath, MAIN, "--kubeconfig", kubeconfig, "--health-port", "0"];
  const [binary = "", ...args] = [...(detached ? [] : ["setpriv", "--pdeathsig", "KILL"]), ...command];
  startProcess({ folder, name: NAME, binary, args, detached });
  const leads = async (): Promise<boolean> => {
    if (hasEnded(folder, NAME)) throw new Error(`the operator ended at start:\n${tailOf(folder, NAME)}`);
    const holder = ["get", "lease", NAME, "-n", "palisade-system", "-o", "jsonpath={.spec.holderIdentity}"];
    return (await cluster.kubectl(holder)).stdout !== "";
  };
  await until(leads, "the operator to lead");
}
