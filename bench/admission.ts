/** What the admission policies add to the creation of a pod, beside the same without them, in one run: at 1, 50 and 200 clients. */

import { type Client, createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { admissionObjects } from "../src/admission/policy.ts";
import { ENROLMENT_LABEL, WORKLOAD_LABEL, WORKLOADS_ANNOTATION } from "../src/crds/group.ts";
import {
  NAMESPACE,
  POD,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../src/kubernetes/kinds.ts";
import { hardenPod } from "../src/policies/index.ts";
import { ADMISSION_POLICIES } from "../src/reconcilers/admission/policies.ts";
import { startCluster, type TestCluster } from "../test/cluster/index.ts";
import { pause } from "../test/cluster/pause.ts";
import { percentile, pooled } from "./measure.ts";

const CLIENTS = [1, 50, 200];
const PODS = Number(process.env["PODS"] ?? "600");
/** Without, with, and both again: what the machine does meanwhile falls on both. */
const ROUNDS = 3;
const SPACE = "bench-admission";

export interface AdmissionResult {
  readonly clients: number;
  readonly withoutP50Ms: number;
  readonly withoutP99Ms: number;
  readonly withP50Ms: number;
  readonly withP99Ms: number;
}

/** No more may the policies add to the creation of a pod, at p99 and at any number of clients. */
export const ADDED_P99_MS = 10;

export const keepsToLimit = (results: readonly AdmissionResult[]): boolean =>
  results.every(({ withP99Ms, withoutP99Ms }) => withP99Ms - withoutP99Ms < ADDED_P99_MS);

const pod = (index: number): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `web-${index}-`, namespace: SPACE, labels: { [WORKLOAD_LABEL]: "web" } },
    spec: hardenPod({ containers: [{ name: "web", image: "registry.example.com/shop/web:1.4.2" }] }),
  }) as unknown as KubeObject;

/** As the controller that makes pods does it. Nothing is stored: what is measured is admission, and not etcd. */
async function createPods(client: Client, clients: number): Promise<readonly number[]> {
  const times: number[] = [];
  const indices = Array.from({ length: Math.max(PODS, clients * 3) }, (_, index) => index);
  await pooled(indices, clients, async (index) => {
    const since = performance.now();
    await client.create(POD, pod(index), { dryRun: true });
    times.push(performance.now() - since);
  });
  return times;
}

async function setPolicies(admin: Client, wanted: boolean): Promise<void> {
  for (const object of ADMISSION_POLICIES.flatMap(admissionObjects)) {
    const resource =
      object.kind === VALIDATING_ADMISSION_POLICY.kind
        ? VALIDATING_ADMISSION_POLICY
        : VALIDATING_ADMISSION_POLICY_BINDING;
    if (wanted) await admin.create(resource, object);
    else await admin.delete(resource, { name: object.metadata.name });
  }
  // They hold a moment after they are stored.
  await pause(4_000);
}

export async function benchAdmission(say: (text: string) => void): Promise<readonly AdmissionResult[]> {
  const cluster = await startCluster({ components: ["controller-manager"], log: say });
  try {
    return await measure(cluster, say);
  } finally {
    await cluster.stop();
  }
}

/** By the number of clients, in milliseconds. */
type Times = Map<number, { readonly without: number[]; readonly with: number[] }>;

async function collect(times: Times, which: "without" | "with", client: Client): Promise<void> {
  for (const [clients, kept] of times) kept[which].push(...(await createPods(client, clients)));
}

async function measure(cluster: TestCluster, say: (text: string) => void): Promise<readonly AdmissionResult[]> {
  const path = await cluster.serviceAccountKubeconfig("kube-system", "replicaset-controller");
  const poolSizes = { write: Math.max(...CLIENTS) };
  const maker = createTransport(await kubeconfigConnection({ path }), { poolSizes });
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }), {});
  try {
    const admin = createClient(transport, "bench");
    const client = createClient(maker, "bench");
    const metadata = {
      name: SPACE,
      labels: { [ENROLMENT_LABEL]: "sealed", "pod-security.kubernetes.io/enforce": "restricted" },
      annotations: { [WORKLOADS_ANNOTATION]: ",web," },
    };
    await admin.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata });
    await pause(1_000);
    await createPods(client, 50);
    const times: Times = new Map(CLIENTS.map((clients) => [clients, { without: [], with: [] }]));
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`round ${round} of ${ROUNDS}, without the policies and with them`);
      await collect(times, "without", client);
      await setPolicies(admin, true);
      await collect(times, "with", client);
      await setPolicies(admin, false);
    }
    return [...times].map(([clients, kept]) => ({
      clients,
      withoutP50Ms: percentile(kept.without, 0.5),
      withoutP99Ms: percentile(kept.without, 0.99),
      withP50Ms: percentile(kept.with, 0.5),
      withP99Ms: percentile(kept.with, 0.99),
    }));
  } finally {
    await maker.close();
    await transport.close();
  }
}
