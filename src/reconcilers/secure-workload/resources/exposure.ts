/** What of a workload is exposed, once it is clear that it may be. */
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";

/** One host and path that is granted to the workload's namespace and that no older workload claims. */
export type Exposed = NonNullable<SecureWorkloadSpec["expose"]>[number];

/** The ports that the platform's gateway connects to, each once. */
export const exposedPorts = ({
  expose = [],
}: {
  readonly expose?: readonly { readonly port: number }[] | undefined;
}): readonly number[] => [...new Set(expose.map(({ port }) => port))];

export const urlsOf = (exposed: readonly Exposed[]): readonly string[] =>
  exposed.map(({ host, path }) => `https://${host}${path}`);

/** By host, in the order of their first appearance. */
export function byHost(exposed: readonly Exposed[]): readonly (readonly [string, readonly Exposed[]])[] {
  return [...Map.groupBy(exposed, ({ host }) => host)];
}
