import { all, any } from "./cel.ts";
import type { Installation } from "./identities.ts";
import { onlyAnnotationsDiffer } from "./live-pods.ts";
import { MARKS } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mayManage, notByNodes, SUBRESOURCE } from "./request.ts";

export const installation = (where: Installation): AdmissionPolicy => ({
  name: "palisade-installation",
  cases: [75],
  about:
    "Whoever runs the operator, or takes its Lease, decides what it does: nobody but the platform team writes in its namespace.",
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
    byOthers(where),
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
        mayManage,
      ),
      message: `Only the platform team writes in the namespace ${where.namespace}: it holds the verb manage on securitybaselines.palisade.dev.`,
    },
  ],
  bindings: [{ actions: ["Deny"], namespaces: { label: "kubernetes.io/metadata.name", values: [where.namespace] } }],
});
