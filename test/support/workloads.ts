/** SecureWorkloads for tests: each shows only what matters. */
import { API_VERSION } from "../../src/crds/group.ts";

export function aWorkload(name: string, namespace: string, spec: object = {}): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: "SecureWorkload",
    metadata: { name, namespace },
    spec: { image: "registry.example.com/shop/web:1.4.2", ports: [{ name: "http", port: 8080 }], ...spec },
  };
}
