/** What every ServiceAccount holds, on every cluster or on those of a kind, and what therefore is nobody's surplus. */
import { type Rule, rulesFrom } from "./rule.ts";

/**
 * The rules that the API server itself binds to system:authenticated and system:serviceaccounts (bootstrap policy of Kubernetes 1.37:
 * system:basic-user, system:discovery, system:public-info-viewer, system:service-account-issuer-discovery and
 * system:cluster-trust-bundle-discovery). Rules, not the roles of those names: whoever edits such a role adds a surplus.
 */
export const EVERY_ACCOUNT: readonly Rule[] = rulesFrom([
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  { verbs: ["get", "list", "watch"], apiGroups: ["certificates.k8s.io"], resources: ["clustertrustbundles"] },
  {
    verbs: ["get"],
    nonResourceURLs: [
      "/healthz",
      "/livez",
      "/readyz",
      "/version",
      "/version/",
      "/openapi",
      "/openapi/*",
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/.well-known/openid-configuration",
      "/.well-known/openid-configuration/",
      "/openid/v1/jwks",
      "/openid/v1/jwks/",
    ],
  },
]);

/**
 * What accounts of OpenShift need so that their pods start at all: kubelets pull images of its own registry for them (system:image-puller), and its
 * admission asks for the use of a security context constraint. Of those, the ones that ask for no less than Pod Security's `restricted`, root aside.
 */
const OPENSHIFT = rulesFrom([
  { verbs: ["get"], apiGroups: ["", "image.openshift.io"], resources: ["imagestreams/layers"] },
  {
    verbs: ["use"],
    apiGroups: ["security.openshift.io"],
    resources: ["securitycontextconstraints"],
    resourceNames: ["restricted-v2", "restricted-v3", "nonroot-v2"],
  },
]);

export const NOBODYS_SURPLUS: readonly Rule[] = [...EVERY_ACCOUNT, ...OPENSHIFT];
