/** Palisade as in production: the operator and the keeper of the policies, each a process of its own under its own ServiceAccount. */
import { join } from "node:path";
import { DEFAULT_INSTALLATION, KEEPER_NAME } from "../../../src/admission/identities.ts";
import { type TestCluster, until } from "../../cluster/index.ts";
import { hasEnded, startProcess, tailOf } from "../../cluster/processes.ts";

const { namespace: NAMESPACE, account: OPERATOR } = DEFAULT_INSTALLATION;
const MAIN = join(import.meta.dirname, "..", "..", "..", "src", "main.ts");

/** Resolves when both lead. They end with the cluster; their logs are `palisade.log` and `palisade-admission.log` in the cluster's folder. */
export async function startOperator(cluster: TestCluster, detached: boolean): Promise<void> {
  await startCommand(cluster, KEEPER_NAME, "keep-admission", detached);
  await startCommand(cluster, OPERATOR, "operator", detached);
}

/** `name` is that of its account and its Lease. */
async function startCommand(cluster: TestCluster, name: string, command: string, detached: boolean): Promise<void> {
  const folder = cluster.description?.folder;
  if (folder === undefined) throw new Error("end-to-end tests run on an embedded cluster: unset PALISADE_CLUSTER");
  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, name);
  const line = [process.execPath, MAIN, command, "--kubeconfig", kubeconfig, "--health-port", "0"];
  const [binary = "", ...args] = [...(detached ? [] : ["setpriv", "--pdeathsig", "KILL"]), ...line];
  startProcess({ folder, name, binary, args, detached });
  const leads = async (): Promise<boolean> => {
    if (hasEnded(folder, name)) throw new Error(`${name} ended at start:\n${tailOf(folder, name)}`);
    const holder = ["get", "lease", name, "-n", NAMESPACE, "-o", "jsonpath={.spec.holderIdentity}"];
    return (await cluster.kubectl(holder)).stdout !== "";
  };
  await until(leads, `${name} to lead`);
}
