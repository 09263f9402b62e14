import { BREAK_GLASS_VERB, GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { celText } from "./cel.ts";
import { WHERE_CLOSED } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { REQUEST_NAME, SUBRESOURCE } from "./request.ts";

const mayBreakGlass = `authorizer.group(${celText(GROUP)}).resource(${celText(SECURE_WORKLOAD.plural)}).namespace(request.namespace).check(${celText(BREAK_GLASS_VERB)}).allowed()`;

/** Every one of these is a CONNECT to admission, whichever HTTP method it comes by. */
export const connect: AdmissionPolicy = {
  name: "palisade-connect",
  cases: [52, 66],
  about:
    "Nobody reaches into a pod past its network policies, unless he may break the glass; that he did is in the audit log.",
  rules: [
    {
      apiGroups: [""],
      operations: ["CONNECT"],
      resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"],
      scope: "Namespaced",
    },
  ],
  conditions: [],
  validations: [
    {
      expression: mayBreakGlass,
      message: `exec, attach, cp, port-forward and proxy are closed in this namespace: use logs and metrics. In an emergency the platform team grants the verb ${BREAK_GLASS_VERB} on ${SECURE_WORKLOAD.plural}.${GROUP}.`,
    },
  ],
  // Of what was refused too: audit annotations cannot ask the authorizer, and the audit event says how it ended.
  auditAnnotations: [
    {
      key: "reached-into",
      valueExpression: `request.resource.resource + '/' + ${SUBRESOURCE} + ' of ' + request.namespace + '/' + ${REQUEST_NAME} + ' by ' + request.userInfo.username`,
    },
  ],
  bindings: [WHERE_CLOSED],
};
