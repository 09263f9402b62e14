import type { Installation } from "../installation.ts";
import { all, any } from "../policies/cel.ts";
import { isServiceOfWorkload, SERVICES, WHERE_CLOSED } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

export const GATEWAY_ROUTES = ["httproutes", "grpcroutes", "tlsroutes", "tcproutes", "udproutes"] as const;

const RULES = "object.?spec.?rules.orValue([])";

const isIngress = "request.resource.resource == 'ingresses'";
const leadsByDefault = `object.?spec.?defaultBackend.?service.?name.optMap(n, ${isServiceOfWorkload("n")}).orValue(false)`;
const leadsByPath = `${RULES}.exists(r, r.?http.?paths.orValue([]).exists(p, p.?backend.?service.?name.optMap(n, ${isServiceOfWorkload("n")}).orValue(false)))`;

/** Backends, and targets of mirroring filters, default to Services in the route's namespace. */
const isOurs = (ref: string): string =>
  all(
    `${ref}.?kind.orValue('Service') == 'Service'`,
    `${ref}.?namespace.orValue(request.namespace) == request.namespace`,
    isServiceOfWorkload(`${ref}.name`),
  );
const leadsByRule = `${RULES}.exists(r, r.?backendRefs.orValue([]).exists(b, ${isOurs("b")}))`;
const mirrors = `${RULES}.exists(r, r.?filters.orValue([]).exists(f, f.?requestMirror.?backendRef.optMap(b, ${isOurs("b")}).orValue(false)))`;

export const routes = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-routes",
  cases: [48],
  about: "Only spec.expose of a workload may expose it, with TLS and on hosts granted to its namespace.",
  rules: [
    { apiGroups: ["networking.k8s.io"], operations: ["CREATE", "UPDATE"], resources: ["ingresses"] },
    { apiGroups: ["gateway.networking.k8s.io"], operations: ["CREATE", "UPDATE"], resources: GATEWAY_ROUTES },
  ],
  conditions: [byOthers(installation), foreign],
  variables: SERVICES,
  validations: [
    {
      expression: `!(${any(all(isIngress, any(leadsByDefault, leadsByPath)), all(`!(${isIngress})`, any(leadsByRule, mirrors)))})`,
      message: "This routes traffic to a workload and bypasses its SecureWorkload: use spec.expose there.",
    },
  ],
  bindings: [WHERE_CLOSED],
});
