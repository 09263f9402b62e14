import { type Installation, keeperUser, operatorUser } from "../installation.ts";
import { all, any, celText } from "../policies/cel.ts";
import { isProbe } from "./control-plane.ts";
import { onlyPluginsAnnotate } from "./live-pods.ts";
import { MARKS } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, mayManage, nameOfObject, notByControlPlane, notByNodes, SUBRESOURCE } from "./request.ts";

const isLease = "request.resource.group == 'coordination.k8s.io' && request.resource.resource == 'leases'";

/** Each process has its own Leases. The operator's depend on its shards and replicas, and have a common prefix. */
const takesItsLease = (where: Installation): string => {
  const isKeepers = `${nameOfObject} == ${celText(where.keeper)}`;
  return any(
    all(isUser(where, keeperUser(where)), isLease, isKeepers),
    all(
      isUser(where, operatorUser(where)),
      isLease,
      `${nameOfObject}.startsWith(${celText(where.account)})`,
      `!(${isKeepers})`,
    ),
  );
};

const byPalisade = (where: Installation): string => isUser(where, operatorUser(where), keeperUser(where));

export const installation = (where: Installation): AdmissionPolicy => ({
  name: "palisade-installation",
  cases: [75],
  about:
    "Only the platform team may write in Palisade's namespace, and each of its two accounts only its Leases: control over the pods or Leases is control over Palisade.",
  rules: [
    {
      apiGroups: ["*"],
      operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
      resources: ["*/*"],
      scope: "Namespaced",
    },
    {
      apiGroups: [""],
      operations: ["UPDATE", "DELETE"],
      resources: ["namespaces", "namespaces/*"],
      scope: "Cluster",
    },
  ],
  conditions: [
    notByControlPlane(where),
    notByNodes,
    { name: "not-the-probe", expression: `!(${isProbe})` },
    {
      // Every reader of the cluster may also send Events.
      name: "no-telling",
      expression: `!(${all("request.resource.resource == 'events'", "request.operation != 'DELETE'")})`,
    },
  ],
  variables: MARKS,
  validations: [
    {
      expression: any(
        // Drains still work, and the policies hold while the operator moves.
        all("request.resource.resource == 'pods'", `${SUBRESOURCE} == 'eviction'`),
        all("request.resource.resource == 'pods'", "request.operation == 'UPDATE'", onlyPluginsAnnotate(where)),
        takesItsLease(where),
        all(`!(${byPalisade(where)})`, mayManage),
      ),
      message: `Only the platform team may write in namespace ${where.namespace}: this needs the verb manage on securitybaselines.palisade.dev.`,
    },
  ],
  bindings: [{ actions: ["Deny"], namespaces: { label: "kubernetes.io/metadata.name", values: [where.namespace] } }],
});
