import { SECRET_WRITERS_ANNOTATION, SECRETS_LIST_ANNOTATION } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { SERVER_METADATA } from "../plan/ignored-fields.ts";
import { all, any, celText } from "../policies/cel.ts";
import { IN_ENROLLED, isAccountOfWorkload, isObserved, WORKLOADS } from "./enrolled.ts";
import { sameBut } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import {
  finalizersAt,
  hasToken,
  holds,
  mapAt,
  nameOfObject,
  namespaceList,
  notByControlPlane,
  protects,
  REQUEST_NAME,
} from "./request.ts";

/** Entries are `user:NAME`, `group:NAME` and `serviceaccount:NAMESPACE/NAME`. */
const ACCOUNT = "system:serviceaccount:";
const WRITERS = "variables.writers";
/** A name with a comma could look like two entries. */
const isEntry = (kind: string, name: string): string =>
  all(`!${name}.contains(',')`, holds(WRITERS, `${celText(`${kind}:`)} + ${name}`));

const LISTED = "list you under spec.namespaces[].secretWriters";

const isWriter = (where: Installation): string =>
  any(
    isEntry("user", "request.userInfo.username"),
    `request.userInfo.?groups.orValue([]).exists(g, ${isEntry("group", "g")})`,
    all(
      `request.userInfo.username.startsWith(${celText(ACCOUNT)})`,
      hasToken(where),
      isEntry("serviceaccount", `request.userInfo.username.substring(${ACCOUNT.length}).replace(':', '/')`),
    ),
  );

/** Reading and writing back, which encrypts what is stored under the newest key. */
const changesNothing = all(
  "request.operation == 'UPDATE'",
  sameBut("object", "oldObject", ["metadata"]),
  sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA]),
);

const SECRET = "authorizer.group('').resource('secrets').namespace(request.namespace)";
/** A deletion that has to wait for something answers with the object, and one of all at once with all of them. */
const isAtOnce = all(
  `${REQUEST_NAME} != ''`,
  "request.?options.?propagationPolicy.orValue('Background') == 'Background'",
  "!request.?options.?orphanDependents.orValue(false)",
  `${finalizersAt("oldObject")}.size() == 0`,
);

/** What `palisade-app-team` may delete, it does not read by that. Holds in every namespace: a role is bound before the first workload comes. */
export const secretDeletions = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-secret-deletions",
  cases: [65],
  about: "Whoever may delete a Secret and not read it gets no answer that holds it.",
  rules: [{ apiGroups: [""], operations: ["DELETE"], resources: ["secrets"] }],
  conditions: [notByControlPlane(installation)],
  variables: [
    { name: "name", expression: nameOfObject },
    { name: "uses", expression: `${SECRET}.name(variables.name).check('use').allowed()` },
    { name: "reads", expression: `${SECRET}.name(variables.name).check('get').allowed()` },
  ],
  validations: [
    {
      expression: any(isAtOnce, "!variables.uses", "variables.reads"),
      message:
        "This would answer with what the Secret holds, which you may not read: delete it by its name with --cascade=background, and ask the platform team where it has a finalizer.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

/** Applies to the operator too: it never writes a Secret. */
export const secrets = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-secrets",
  cases: [7, 60, 65],
  about:
    "No token may live forever, and only the writers named by the platform team may change the Secrets of workloads.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["secrets"] }],
  conditions: [notByControlPlane(installation)],
  variables: [
    ...WORKLOADS,
    {
      name: "account",
      expression: `${mapAt("object", "metadata", "annotations")}[?'kubernetes.io/service-account.name'].orValue('')`,
    },
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
        all(isObserved, `!(${isAccountOfWorkload("variables.account")})`),
      ),
      message:
        "Tokens in Secrets never expire and are not allowed in this namespace: run kubectl create token for an account of your own.",
    },
    {
      expression: any(
        "variables.isOpen",
        `!(${protects("variables.named", "variables.name")})`,
        changesNothing,
        isWriter(installation),
      ),
      message: `A workload uses this Secret, and only secretWriters of the SecurityBaseline may write it: ask one of them, or ask the platform team to ${LISTED}.`,
      messageExpression: `'A workload uses Secret ' + variables.name + ', and only secretWriters of the SecurityBaseline may write it: ask one of them, or ask the platform team to ${LISTED}.'`,
    },
  ],
  bindings: [IN_ENROLLED],
});
