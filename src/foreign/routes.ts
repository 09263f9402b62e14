/** Ingresses and HTTPRoutes of others that lead to a workload's Service: the SecureWorkload declares what of it is exposed (DRIFT 48). */

import { HTTP_ROUTE, INGRESS } from "../kubernetes/kinds.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { ownServices } from "./own-children.ts";

const FINDING = { driftCase: "48", why: "routes traffic to this workload's Service" };

/**
 * Of any namespace: a ReferenceGrant that lets a route in from another namespace may be created at any time, so none is looked for.
 */
export const routes: Detector = {
  resources: [INGRESS, HTTP_ROUTE],
  driftCases: ["48"],
  protects: ["service"],
  detect: (workload, state) => {
    const services = ownServices(workload, state);
    return [INGRESS, HTTP_ROUTE].flatMap((resource) => {
      const leading = services.flatMap((service) => foreignBy("route", state.childrenOf(resource), "service", service));
      return [...new Map(leading)].map(([key, record]) => foundObject(resource, key, record, FINDING));
    });
  },
};
