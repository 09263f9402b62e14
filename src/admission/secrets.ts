import { SECRET_WRITERS_ANNOTATION, SECRETS_LIST_ANNOTATION } from "../crds/group.ts";
import { all, any, celText } from "./cel.ts";
import { IN_ENROLLED } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { holds, nameOfObject, namespaceList, notByControlPlane } from "./request.ts";

/** Entries are `user:NAME`, `group:NAME` and `serviceaccount:NAMESPACE/NAME`. */
const ACCOUNT = "system:serviceaccount:";
const WRITERS = "variables.writers";
/** A name with a comma in it could look like two entries. */
const isEntry = (kind: string, name: string): string =>
  all(`!${name}.contains(',')`, holds(WRITERS, `${celText(`${kind}:`)} + ${name}`));

const isWriter = any(
  isEntry("user", "request.userInfo.username"),
  `request.userInfo.?groups.orValue([]).exists(g, ${isEntry("group", "g")})`,
  all(
    `request.userInfo.username.startsWith(${celText(ACCOUNT)})`,
    isEntry("serviceaccount", `request.userInfo.username.substring(${ACCOUNT.length}).replace(':', '/')`),
  ),
);

/** The operator is not excepted: it never writes a Secret. */
export const secrets: AdmissionPolicy = {
  name: "palisade-secrets",
  cases: [7, 60, 65],
  about: "No token that never expires, and Secrets of workloads change by the hands that the platform team named.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["secrets"] }],
  conditions: [notByControlPlane],
  variables: [
    { name: "name", expression: nameOfObject },
    { name: "named", expression: namespaceList(SECRETS_LIST_ANNOTATION) },
    {
      name: "isOpen",
      expression: `!(${celText(SECRET_WRITERS_ANNOTATION)} in namespaceObject.?metadata.?annotations.orValue({}))`,
    },
    { name: "writers", expression: namespaceList(SECRET_WRITERS_ANNOTATION) },
  ],
  validations: [
    {
      expression: any(
        "request.operation == 'DELETE'",
        "object.?type.orValue('') != 'kubernetes.io/service-account-token'",
      ),
      message:
        "Tokens in Secrets never expire and are closed in this namespace: use kubectl create token with an account of your own.",
    },
    {
      expression: any("variables.isOpen", `!(${holds("variables.named", "variables.name")})`, isWriter),
      message:
        "A workload uses this Secret, and the SecurityBaseline says who writes the Secrets of this namespace: ask one of those, or the platform team.",
    },
  ],
  bindings: [IN_ENROLLED],
};
