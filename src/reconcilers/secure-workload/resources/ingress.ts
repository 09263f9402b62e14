import type { KubeObject } from "../../../kopf/object.ts";
import { byHost, type Exposed } from "./exposure.ts";
import { child, type ExpandInput } from "./input.ts";
import { INGRESS } from "./kinds.ts";
import { servicePortOf } from "./service.ts";

/**
 * The exposed hosts as one Ingress, each with TLS. It carries no annotation: whatever an ingress controller reads from those is
 * for the platform team to say (DRIFT 49).
 */
export function buildIngress({ workload, spec, platform, exposed = [] }: ExpandInput): KubeObject | undefined {
  const { ingressClass, ingressFinalizers = [] } = platform.exposure;
  if (ingressClass === undefined || exposed.length === 0) return undefined;
  const object = child(INGRESS, workload, workload.name, {
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
  return ingressFinalizers.length === 0
    ? object
    : { ...object, metadata: { ...object.metadata, finalizers: ingressFinalizers } };
}

/** Each certificate with its hosts. An entry without one is never exposed through an Ingress. */
const certificatesOf = (exposed: readonly Exposed[]): readonly object[] =>
  [...Map.groupBy(exposed, ({ tls }) => tls?.secretName)].map(([secretName, entries]) => ({
    hosts: byHost(entries).map(([host]) => host),
    secretName,
  }));
