/** Admission policies on a real API server, and what they say. */
import { ApiError } from "kopf-ts";
import { type AdmissionPolicy, admissionObjects } from "../../src/admission/policy.ts";
import type { TestCluster } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";

/** Applies them with their bindings. The API server learns of them a moment later: wait for a refusal before relying on one. */
export async function applyPolicies(cluster: TestCluster, policies: readonly AdmissionPolicy[]): Promise<void> {
  const apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
  await mustKubectl(cluster, apply, { input: listOf(policies.flatMap(admissionObjects)) });
}

/** The refusal's own words, or undefined where the request was taken. A failure that is no refusal throws. */
export async function refusalBy(request: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && [400, 403, 422].includes(error.status)) return error.message;
    throw error;
  }
}

/** The ids of the rules that failures name, sorted; a failure of any other kind stands as it is, so that it is seen. */
export const rulesNamed = (failures: readonly string[]): readonly string[] =>
  failures.map((message) => /^palisade: .+ \(rule ([a-z-]+)\)\. ./.exec(message)?.[1] ?? message).sort();
