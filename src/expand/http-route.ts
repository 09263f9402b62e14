/** The exposed hosts as HTTPRoutes of the Gateway API, one for each host, since the paths of a route apply to all of its hosts. */
import type { KubeObject } from "kopf-ts";
import { GATEWAY, HTTP_ROUTE } from "../kubernetes/kinds.ts";
import { byHost } from "./exposure.ts";
import { child, type ExpandInput } from "./input.ts";
import { listenersFor } from "./listeners.ts";
import { servicePortOf } from "./service.ts";

/** Workload names have no dots, so no other child has such a name. */
export const routeName = (workloadName: string, slot: number): string => `${workloadName}.${slot}`;

/**
 * The route of the workload's host number `slot`. It names the HTTPS listeners: a reference without `sectionName` would attach
 * to every listener of the Gateway, plain HTTP included.
 */
export function buildHttpRoute(
  { workload, spec, platform, exposed = [] }: ExpandInput,
  slot: number,
): KubeObject | undefined {
  const { gateway } = platform.exposure;
  const [host, entries] = byHost(exposed)[slot] ?? [];
  if (gateway === undefined || host === undefined || entries === undefined) return undefined;
  return child(HTTP_ROUTE, workload, routeName(workload.name, slot), {
    spec: {
      parentRefs: listenersFor(gateway, host).map(({ name: sectionName }) => ({
        group: GATEWAY.group,
        kind: GATEWAY.kind,
        namespace: gateway.namespace,
        name: gateway.name,
        sectionName,
      })),
      hostnames: [host],
      rules: entries.map(({ path, port }) => ({
        matches: [{ path: { type: "PathPrefix", value: path } }],
        backendRefs: [{ group: "", kind: "Service", name: workload.name, port: servicePortOf(spec, port), weight: 1 }],
      })),
    },
  });
}
