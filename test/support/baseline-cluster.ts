/** A cluster of its own with the policies of the pod baseline, for the tests of them. */

import {
  type Client,
  createClient,
  createTransport,
  type KubeObject,
  kubeconfigConnection,
  type Resource,
} from "kopf-ts";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { ENROLMENT_LABEL } from "../../src/crds/group.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { applyPolicies } from "./admission.ts";
import { kubectl } from "./cluster.ts";
import type { UsedCluster } from "./use-palisade.ts";

/** Namespaces: one that is enrolled, one where everything is told of and nothing refused, one that is nobody's. */
export const ENROLLED = "enrolled";
export const AUDITED = "audited";
export const OTHER = "other";

/** Where no webhook and no policy says no, a pod may name these. */
const RUNTIME_CLASSES = ["hunter2", "exempt"];

export const BASELINE_POLICIES = ADMISSION_POLICIES.filter(({ name }) => name.startsWith("palisade-pod-baseline-"));

/** The policy as it is, and bound once more to tell of every broken rule: a refusal names the first alone. */
export const telling = (policy: AdmissionPolicy): AdmissionPolicy => ({
  ...policy,
  bindings: [...policy.bindings, { suffix: "audit", actions: ["Audit"], namespaces: { label: AUDITED } }],
});

export interface BaselineCluster {
  readonly cluster: TestCluster;
  readonly client: Client;
  /** The operator's own account. */
  readonly operator: Client;
  /** By the administrator, unless told. */
  dryRun(resource: Resource, object: KubeObject, by?: Client): Promise<KubeObject>;
  stop(): Promise<void>;
}

/** The policies are applied; that they are in force is for the test to wait for. */
export async function furnishBaseline(
  { cluster, client }: UsedCluster,
  policies: readonly AdmissionPolicy[],
): Promise<BaselineCluster> {
  await furnish(cluster);
  const path = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
  const transport = createTransport(await kubeconfigConnection({ path }));
  await applyPolicies(cluster, policies);
  return {
    cluster,
    client,
    operator: createClient(transport, "palisade"),
    dryRun: (resource, object, by = client) => by.create(resource, object, { dryRun: true }),
    stop: () => transport.close(),
  };
}

async function furnish(cluster: TestCluster): Promise<void> {
  const create = (input: object) => kubectl(cluster, ["create", "-f", "-"], { input });
  const namespaces = { [ENROLLED]: { [ENROLMENT_LABEL]: "sealed" }, [AUDITED]: { [AUDITED]: "" }, [OTHER]: {} };
  for (const [name, labels] of Object.entries(namespaces)) {
    await create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    const account = ["get", "serviceaccount", "default", "-n", name];
    await until(async () => (await cluster.kubectl(account)).code === 0, `the account of ${name}`);
  }
  const runtime = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", handler: "other" };
  for (const name of RUNTIME_CLASSES) await create({ ...runtime, metadata: { name } });
}
