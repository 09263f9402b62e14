/** Ends the run's cluster with its node and the operator, or says how to reach and end what is kept. */
import { connectCluster } from "../../cluster/index.ts";
import { sharedHandle } from "../../support/shared-handle.ts";
import { KEEP } from "./keep.ts";

export default async function teardown(): Promise<void> {
  const cluster = connectCluster(sharedHandle());
  if (!KEEP) return cluster.stop();
  const { folder = "", kubectl = "kubectl" } = cluster.description ?? {};
  console.error(
    [
      "It keeps running:",
      `  export KUBECONFIG=${cluster.kubeconfig()}`,
      `  ${kubectl} get pods -A -o wide`,
      `  logs: ${folder}/*.log`,
      `  on the node: nsenter --target=$(cat ${folder}/node.init) --all`,
      "To end it:",
      `  npm exec -- node test/cluster/stop.ts ${folder}`,
    ].join("\n"),
  );
}
