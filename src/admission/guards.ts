/** Every policy but those on what pods may be: who may write what, in the order of the decision (0013). */

import type { Installation } from "../installation.ts";
import type { PolicyRule } from "../kubernetes/policy-rule.ts";
import { accounts } from "./accounts.ts";
import { toldBeside } from "./beside.ts";
import { claims, mounts } from "./claims.ts";
import { clusterAccounts } from "./cluster-accounts.ts";
import { connect } from "./connect.ts";
import { controlPlane } from "./control-plane.ts";
import { definitions } from "./definitions.ts";
import { deliverers } from "./deliverers.ts";
import { deputy } from "./deputy.ts";
import { disruption } from "./disruption.ts";
import { endpoints } from "./endpoints.ts";
import { ENROLMENT_POLICIES } from "./enrolment.ts";
import { injections } from "./injections.ts";
import { installation } from "./installation.ts";
import { namespaces } from "./namespaces.ts";
import { networkPolicies } from "./network-policies.ts";
import { openServices } from "./open-services.ts";
import { operator } from "./operator.ts";
import { operatorForms } from "./operator-forms.ts";
import { operatorGrants } from "./operator-grants.ts";
import { operatorReach } from "./operator-reach.ts";
import { operatorSpec } from "./operator-spec.ts";
import { ownedObjects } from "./owned-objects.ts";
import { pods } from "./pods.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { reservedNames } from "./reserved-names.ts";
import { routes } from "./routes.ts";
import { scalers } from "./scalers.ts";
import { sealed } from "./sealed.ts";
import { secretDeletions, secrets } from "./secrets.ts";
import { services } from "./services.ts";
import { snapshots } from "./snapshots.ts";
import { toldEvents } from "./told-events.ts";
import { workloads } from "./workloads.ts";

/** `operatorRules` are those of the operator's own role, which {@link operatorReach} holds to enrolled namespaces. */
export const guardsOf = (where: Installation, operatorRules: readonly PolicyRule[]): readonly AdmissionPolicy[] => [
  toldBeside(ownedObjects(where)),
  toldBeside(pods(where)),
  injections(where),
  operator(where),
  operatorForms(where),
  ...operatorSpec(where),
  operatorGrants(where),
  operatorReach(where, operatorRules),
  connect,
  toldBeside(accounts(where)),
  clusterAccounts(where),
  reservedNames(where),
  toldBeside(scalers(where)),
  deliverers(where),
  toldBeside(routes(where)),
  toldBeside(services(where)),
  toldBeside(openServices(where)),
  toldBeside(endpoints(where)),
  toldBeside(disruption(where)),
  toldBeside(networkPolicies(where)),
  toldBeside(sealed(where)),
  secrets(where),
  secretDeletions(where),
  claims(where),
  mounts(where),
  snapshots(where),
  namespaces(where),
  ...ENROLMENT_POLICIES,
  ...deputy(where),
  workloads(where),
  definitions(where),
  toldEvents(where),
  controlPlane(where),
  installation(where),
];
