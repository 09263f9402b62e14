/** Workloads as a team applies them, in a namespace of the test's own. */
import { grantNamespace, type TestCluster } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { aWorkload } from "../../support/workloads.ts";
import { exec, podOf, untilReady } from "./e2e.ts";

/** Applies each spec, under its name, as the team. */
export async function declare(
  cluster: TestCluster,
  namespace: string,
  specs: Readonly<Record<string, object>>,
): Promise<void> {
  const items = Object.entries(specs).map(([name, spec]) => aWorkload(name, namespace, spec));
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: { apiVersion: "v1", kind: "List", items } });
}

/** Makes the team's namespace, with what its workloads name, and resolves when each of them is ready. */
export async function runApplication(
  cluster: TestCluster,
  namespace: string,
  specs: Readonly<Record<string, object>>,
  references: readonly object[] = [],
): Promise<void> {
  await grantNamespace(cluster, namespace, "alice", "edit");
  for (const input of references) await kubectl(cluster, ["apply", "-f", "-", "-n", namespace], { input });
  await declare(cluster, namespace, specs);
  await untilReady(cluster, namespace, ...Object.keys(specs));
}

export const configMap = (name: string, data: Readonly<Record<string, string>>): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

/** curl waits for a way that is just being opened: the rules of a pod's network follow its start within a moment. */
export const PATIENTLY = ["--max-time", "5", "--retry", "10", "--retry-delay", "1", "--retry-connrefused"];

/** The body that a URL answers with, asked from a pod of a workload; throws when it does not answer with success. */
export async function fetchFrom(
  cluster: TestCluster,
  namespace: string,
  workload: string,
  ...request: string[]
): Promise<string> {
  const pod = await podOf(cluster, namespace, workload);
  return exec(cluster, namespace, pod, "curl", "-sS", "--fail", ...PATIENTLY, ...request);
}
