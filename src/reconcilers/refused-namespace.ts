import type { Installation } from "../installation.ts";

/** Namespaces that hold the cluster itself or Palisade, and the one where people land by accident (DRIFT 78, CIS 5.7.4). */
export const isRefusedNamespace = (name: string, { namespace }: Installation): boolean =>
  name === "default" || name === namespace || name.startsWith("kube-");
