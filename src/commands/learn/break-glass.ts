/** Whether the caller may reach into pods of SecureWorkloads, and what it takes where not. */
import type { Client } from "kopf-ts";
import { BREAK_GLASS_VERB, SECURE_WORKLOAD } from "../../crds/group.ts";

/** The verb that a SecurityException with `breakGlass` grants (decision 0015). */
export async function hasBreakGlass({ transport }: Client, namespace: string): Promise<boolean> {
  const { group, plural } = SECURE_WORKLOAD;
  const attributes = { namespace, verb: BREAK_GLASS_VERB, group, resource: plural };
  const review = await transport.request<{ readonly status?: { readonly allowed?: boolean } }>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    },
  });
  return review.status?.allowed === true;
}

/** As the API server knows the caller; undefined where it does not say. */
export async function callerName({ transport }: Client): Promise<string | undefined> {
  try {
    const review = await transport.request<{
      readonly status?: { readonly userInfo?: { readonly username?: string } };
    }>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    return review.status?.userInfo?.username;
  } catch {
    return undefined;
  }
}

export const whatItTakes = (workloads: readonly string[], namespace: string, user: string | undefined): string =>
  `pods of SecureWorkload ${workloads.join(", ")}, in which admission allows no ephemeral container: for them the platform team creates a SecurityException with workload: { namespace: ${namespace}, name: ${workloads[0]} } and breakGlass: { user: ${user ?? "YOU"} }, and binds palisade-debug (docs/guides/roles.md); then type the same again`;
