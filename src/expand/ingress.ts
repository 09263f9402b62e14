import type { KubeObject } from "kopf-ts";
import { INGRESS } from "../kubernetes/kinds.ts";
import { byHost, type Exposed } from "./exposure.ts";
import { child, type ExpandInput } from "./input.ts";
import { servicePortOf } from "./service.ts";

/**
 * The exposed hosts as one Ingress, each with TLS. Has no annotations: what an ingress controller reads from them is the platform
 * team's decision (DRIFT 49).
 */
export function buildIngress({ workload, spec, platform, exposed = [] }: ExpandInput): KubeObject | undefined {
  const { ingressClass } = platform.exposure;
  if (ingressClass === undefined || exposed.length === 0) return undefined;
  return child(INGRESS, workload, workload.name, {
    spec: {
      ingressClassName: ingressClass,
      tls: certificatesOf(exposed),
      rules: byHost(exposed).map(([host, entries]) => ({
        host,
        http: {
          paths: entries.map(({ path, port }) => ({
            path,
            pathType: "Prefix",
            backend: { service: { name: workload.name, port: { number: servicePortOf(spec, port) } } },
          })),
        },
      })),
    },
  });
}

/** Each certificate with its hosts. An entry without one is never exposed through an Ingress. */
const certificatesOf = (exposed: readonly Exposed[]): readonly object[] =>
  [...Map.groupBy(exposed, ({ tls }) => tls?.secretName)].map(([secretName, entries]) => ({
    hosts: byHost(entries).map(([host]) => host),
    secretName,
  }));
