/** Every policy but those on what pods may be: who may write what, in the order of the decision (0013). */
import { accounts } from "./accounts.ts";
import { connect } from "./connect.ts";
import { definitions } from "./definitions.ts";
import { deputy } from "./deputy.ts";
import { disruption } from "./disruption.ts";
import { endpoints } from "./endpoints.ts";
import { ENROLMENT_POLICIES } from "./enrolment.ts";
import { DEFAULT_INSTALLATION, type Installation } from "./identities.ts";
import { installation } from "./installation.ts";
import { namespaces } from "./namespaces.ts";
import { networkPolicies } from "./network-policies.ts";
import { openServices } from "./open-services.ts";
import { operator } from "./operator.ts";
import { operatorReach } from "./operator-reach.ts";
import { ownedObjects } from "./owned-objects.ts";
import { pods } from "./pods.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { routes } from "./routes.ts";
import { scalers } from "./scalers.ts";
import { sealed } from "./sealed.ts";
import { secrets } from "./secrets.ts";
import { services } from "./services.ts";
import { toldEvents } from "./told-events.ts";
import { workloads } from "./workloads.ts";

export const guardsOf = (where: Installation): readonly AdmissionPolicy[] => [
  ownedObjects(where),
  pods(where),
  operator(where),
  operatorReach(where),
  connect,
  accounts(where),
  scalers(where),
  routes(where),
  services(where),
  openServices(where),
  endpoints(where),
  disruption(where),
  networkPolicies(where),
  sealed(where),
  secrets,
  namespaces(where),
  ...ENROLMENT_POLICIES,
  ...deputy(where),
  workloads(where),
  definitions,
  toldEvents(where),
  installation(where),
];

export const GUARDS = guardsOf(DEFAULT_INSTALLATION);
