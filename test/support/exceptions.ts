/** SecurityExceptions for tests: each shows only what matters. */
import type { KubeObject } from "kopf-ts";
import { API_VERSION } from "../../src/crds/group.ts";

/** For `web` of the namespace `shop`, for a day, unless `spec` says otherwise. */
export const anException = (name: string, spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: API_VERSION,
  kind: "SecurityException",
  metadata: { name, ...metadata },
  spec: {
    workload: { namespace: "shop", name: "web" },
    lifts: ["read-only-root"],
    validFor: "24h",
    reason: "the vendor's program unpacks itself into its own folder",
    requestedBy: "jane",
    ...spec,
  },
});
