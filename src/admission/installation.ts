import { all, any, celText } from "./cel.ts";
import { type Installation, keeperUser, operatorUser } from "./identities.ts";
import { onlyAnnotationsDiffer } from "./live-pods.ts";
import { MARKS } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, mayManage, nameOfObject, notByControlPlane, notByNodes, SUBRESOURCE } from "./request.ts";

const isLease = "request.resource.group == 'coordination.k8s.io' && request.resource.resource == 'leases'";

/** Each process leads by Leases of its own; the operator's are as many as it has shards and replicas, and their names begin alike. */
const takesItsLease = (where: Installation): string => {
  const isKeepers = `${nameOfObject} == ${celText(where.keeper)}`;
  return any(
    all(isUser(keeperUser(where)), isLease, isKeepers),
    all(
      isUser(operatorUser(where)),
      isLease,
      `${nameOfObject}.startsWith(${celText(where.account)})`,
      `!(${isKeepers})`,
    ),
  );
};

const byPalisade = (where: Installation): string => isUser(operatorUser(where), keeperUser(where));

export const installation = (where: Installation): AdmissionPolicy => ({
  name: "palisade-installation",
  cases: [75],
  about:
    "Whoever runs the operator or the keeper, or takes their Leases, decides what they do: nobody but the platform team writes in their namespace, and each of the two nothing but its Leases.",
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
    notByControlPlane,
    notByNodes,
    {
      // Whoever watches the cluster tells what he sees there, too.
      name: "no-telling",
      expression: `!(${all("request.resource.resource == 'events'", "request.operation != 'DELETE'")})`,
    },
  ],
  variables: MARKS,
  validations: [
    {
      expression: any(
        // A drain goes on, and the policies hold while the operator moves.
        all("request.resource.resource == 'pods'", `${SUBRESOURCE} == 'eviction'`),
        all("request.resource.resource == 'pods'", "request.operation == 'UPDATE'", onlyAnnotationsDiffer),
        takesItsLease(where),
        all(`!(${byPalisade(where)})`, mayManage),
      ),
      message: `Only the platform team writes in the namespace ${where.namespace}: it holds the verb manage on securitybaselines.palisade.dev.`,
    },
  ],
  bindings: [{ actions: ["Deny"], namespaces: { label: "kubernetes.io/metadata.name", values: [where.namespace] } }],
});
