import { BREAK_GLASS_VERB, GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { all, any, celText } from "../policies/cel.ts";
import { IN_ENROLLED, isObserved, isServiceOfWorkload, SERVICES } from "./enrolled.ts";
import { isPodOfWorkload, TYPES } from "./pods.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { REQUEST_NAME, SUBRESOURCE } from "./request.ts";

const mayBreakGlass = `authorizer.group(${celText(GROUP)}).resource(${celText(SECURE_WORKLOAD.plural)}).namespace(request.namespace).check(${celText(BREAK_GLASS_VERB)}).allowed()`;

/** While a namespace is only observed, its other pods are its team's. */
const reachesOthers = all(
  isObserved,
  `request.resource.resource == 'services' ? !(${isServiceOfWorkload("variables.host")}) : !(${isPodOfWorkload("variables.host")})`,
);

/** All of these are CONNECT to admission, for every HTTP method. */
export const connect: AdmissionPolicy = {
  name: "palisade-connect",
  cases: [52, 66, 99],
  about: "Only users with break-glass access may bypass network policies and enter a pod; the audit log records it.",
  rules: [
    {
      apiGroups: [""],
      operations: ["CONNECT"],
      resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"],
      scope: "Namespaced",
    },
  ],
  conditions: [],
  variables: [
    ...SERVICES,
    TYPES,
    // `scheme:name:port`, `name:port` or a name alone, as the proxies read it.
    { name: "host", expression: `[${REQUEST_NAME}.split(':')].map(p, p.size() == 3 ? p[1] : p[0])[0]` },
  ],
  validations: [
    {
      expression: any(reachesOthers, mayBreakGlass),
      message: `Palisade refuses exec, attach, cp, port-forward and proxy in this namespace: use logs and metrics. In an emergency ask the platform team for a SecurityException with breakGlass, which grants the verb ${BREAK_GLASS_VERB} on ${SECURE_WORKLOAD.plural}.${GROUP}.`,
    },
  ],
  // Also for refused requests: audit annotations cannot use the authorizer, and the audit event contains the result.
  auditAnnotations: [
    {
      key: "reached-into",
      valueExpression: `request.resource.resource + '/' + ${SUBRESOURCE} + ' of ' + request.namespace + '/' + ${REQUEST_NAME} + ' by ' + request.userInfo.username`,
    },
  ],
  bindings: [IN_ENROLLED],
};
