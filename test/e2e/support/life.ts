/** Ordinary life under a running operator: teams change specs, somebody tampers, and what runs goes on. */
import { type TestCluster, until } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { writesOf } from "../../support/tenures.ts";
import { NAMESPACE } from "./release.ts";

/** A name of the control plane, at which no admission policy looks: what is done under it arrives, and is drift. */
const AS_CONTROL_PLANE = ["--as=system:kube-controller-manager", "--as-group=system:masters"];

/** Longer than any handover. */
const WITHIN_MS = 30_000;

const specOf = async (
  cluster: TestCluster,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await kubectl(cluster, ["get", "deployment", name, "-n", namespace, "-o", "json"])).spec;

const merge = (namespace: string, what: string, patch: object): readonly string[] => [
  "patch",
  what,
  "-n",
  namespace,
  "--type=merge",
  "-p",
  JSON.stringify(patch),
];

export async function tamper(cluster: TestCluster, namespace: string, workload: string): Promise<void> {
  const patch = merge(namespace, `deployment/${workload}`, { spec: { paused: true } });
  await kubectl(cluster, [...patch, ...AS_CONTROL_PLANE]);
}

/**
 * An API server that has just started may not know the definitions yet at which policies look, and looks for them anew every half minute. Until then
 * it refuses whatever such a policy is for.
 */
export async function untilPoliciesAreConfigured(
  cluster: TestCluster,
  namespace: string,
  workload: string,
): Promise<void> {
  const probes = [
    merge(namespace, `deployment/${workload}`, { metadata: { annotations: { "example.com/probe": "" } } }),
    merge(NAMESPACE, "role/palisade-leader-election", { metadata: { annotations: { "example.com/probe": "" } } }),
  ];
  await until(async () => {
    const answers = await Promise.all(
      probes.map((probe) => cluster.kubectl([...probe, "--dry-run=server", ...AS_CONTROL_PLANE])),
    );
    return answers.every(({ stderr }) => !stderr.includes("failed to configure policy"));
  }, "the policies to be configured");
}

/** Resolves with the milliseconds that it took, when nothing of a tampering stands. */
export async function untilUndone(cluster: TestCluster, namespace: string, workload: string): Promise<number> {
  const fromMs = performance.now();
  const isUndone = async (): Promise<boolean> => (await specOf(cluster, namespace, workload))["paused"] !== true;
  await until(isUndone, `${workload} to be corrected`, WITHIN_MS);
  return performance.now() - fromMs;
}

/** Has the team change a spec, in a field that replaces no pod; resolves with the milliseconds until it is so. */
export async function change(cluster: TestCluster, namespace: string, workload: string, to: number): Promise<number> {
  const patch = merge(namespace, `secureworkload/${workload}`, { spec: { rollout: { progressDeadlineSeconds: to } } });
  await kubectl(cluster, patch, { user: "alice" });
  const fromMs = performance.now();
  const isSo = async (): Promise<boolean> =>
    (await specOf(cluster, namespace, workload))["progressDeadlineSeconds"] === to;
  await until(isSo, `${workload} to follow its spec`, WITHIN_MS);
  return performance.now() - fromMs;
}

export interface Load {
  /** Ends it; resolves with the milliseconds that each change and each correction took. Rejects where one was lost. */
  stop(): Promise<readonly number[]>;
}

/** Changes `changed` and tampers with `tampered`, by turns and without a pause. */
export function beginLoad(
  cluster: TestCluster,
  namespace: string,
  { changed, tampered }: { readonly changed: string; readonly tampered: string },
): Load {
  let goesOn = true;
  const live = async (): Promise<readonly number[]> => {
    const took: number[] = [];
    for (let turn = 1; goesOn; turn += 1) {
      took.push(await change(cluster, namespace, changed, 100 + turn));
      await tamper(cluster, namespace, tampered);
      took.push(await untilUndone(cluster, namespace, tampered));
    }
    return took;
  };
  const lived = live();
  lived.catch(() => {}); // Told by `stop`.
  return {
    stop: () => {
      goesOn = false;
      return lived;
    },
  };
}

/** How often the operator wrote a workload's Deployment. */
export const correctionsOf = (cluster: TestCluster, namespace: string, workload: string): number =>
  writesOf(cluster).filter(
    (write) =>
      write.accepted &&
      write.namespace === namespace &&
      /^(update|patch) deployments /.test(write.what) &&
      write.what.endsWith(` ${workload}`),
  ).length;

/** Which pods run, and that none of them began anew: their uids, and how often each container started again. */
export async function podsIn(cluster: TestCluster, namespace: string): Promise<readonly string[]> {
  const path =
    "{range .items[*]}{.metadata.uid} {.metadata.name} {.status.containerStatuses[*].restartCount}{'\\n'}{end}";
  return (await kubectl(cluster, ["get", "pods", "-n", namespace, "-o", `jsonpath=${path}`])).trim().split("\n").sort();
}
