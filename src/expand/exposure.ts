/** The hosts and paths of a workload that may be exposed. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";

/** One host and path that is granted to the workload's namespace and that no other workload has. */
export type Exposed = NonNullable<SecureWorkloadSpec["expose"]>[number];

/** The ports that the platform's gateway connects to, each once. */
export const exposedPorts = ({
  expose = [],
}: {
  readonly expose?: readonly { readonly port: number }[] | undefined;
}): readonly number[] => [...new Set(expose.map(({ port }) => port))];

export const urlsOf = (exposed: readonly Exposed[]): readonly string[] =>
  exposed.map(({ host, path }) => `https://${host}${path}`);

/** Grouped by host, in order of first appearance. */
export function byHost(exposed: readonly Exposed[]): readonly (readonly [string, readonly Exposed[]])[] {
  return [...Map.groupBy(exposed, ({ host }) => host)];
}
