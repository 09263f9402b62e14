/** Admission policies in a test: put into force, and asked whether they refuse. */
import type { KubeObject } from "kopf-ts";
import { type AdmissionPolicy, admissionObjects } from "../../src/admission/policy.ts";
import { type ClusterUser, type TestCluster, until } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";

const PROBE: AdmissionPolicy = {
  name: "in-force-probe",
  cases: [],
  about: "Tells that the policies before it are in force.",
  rules: [{ apiGroups: [""], operations: ["CREATE"], resources: ["configmaps"] }],
  conditions: [{ name: "probe", expression: "object.metadata.name == 'in-force-probe'" }],
  validations: [{ expression: "false", message: "in force" }],
  bindings: [{ actions: ["Deny"] }],
};

const apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];

/** Resolves when the API server acts on all of them: it takes up what is new once in a while, all at once. */
export async function enforce(cluster: TestCluster, policies: readonly AdmissionPolicy[]): Promise<void> {
  for (const policy of [...policies, PROBE])
    await mustKubectl(cluster, apply, { input: listOf(admissionObjects(policy)) });
  const probe = ["create", "configmap", PROBE.name, "-n", "default", "--dry-run=server"];
  await until(async () => (await cluster.kubectl(probe)).stderr.includes("in force"), "the policies to be in force");
  const kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
  await mustKubectl(cluster, ["delete", kinds, PROBE.name]);
}

/** Resolves when the keeper has written every policy, and the API server acts on them. */
export async function untilPoliciesStand(cluster: TestCluster): Promise<void> {
  const told = ["get", "securitybaseline", "cluster", "-o", "json"];
  await until(async () => (await mustKubectl(cluster, told)).includes('"PoliciesStand"'), "every policy to stand");
  await enforce(cluster, []);
}

/** Complaints of the API server about types in expressions, by policy. */
export async function typeWarnings(cluster: TestCluster): Promise<readonly string[]> {
  const text = await mustKubectl(cluster, ["get", "validatingadmissionpolicies", "-o", "json"]);
  const { items } = JSON.parse(text) as { readonly items: readonly (KubeObject & { readonly status?: Status })[] };
  return items.flatMap(({ metadata, status }) =>
    (status?.typeChecking?.expressionWarnings ?? []).map(({ warning }) => `${metadata.name}: ${warning}`),
  );
}

interface Status {
  readonly typeChecking?: { readonly expressionWarnings?: readonly { readonly warning: string }[] };
}

export interface Attempt {
  readonly user: ClusterUser;
  readonly args: readonly string[];
  readonly input?: object;
}

/** What kubectl says when it is refused; undefined when it is not. */
export async function refusalOfAttempt(
  cluster: TestCluster,
  { user, args, input }: Attempt,
): Promise<string | undefined> {
  const { code, stderr } = await cluster.kubectl(args, {
    user,
    ...(input === undefined ? {} : { input: JSON.stringify(input) }),
  });
  return code === 0 ? undefined : stderr;
}
