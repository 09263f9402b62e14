/** Namespaces that hold the cluster itself, and the one where people land by accident (DRIFT 78, CIS 5.7.4). */
export const REFUSED_NAMESPACE = /^(default|kube-.*|palisade-system)$/;
