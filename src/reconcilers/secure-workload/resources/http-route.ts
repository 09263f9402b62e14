/** The exposed hosts as HTTPRoutes of the Gateway API, one for each host: the paths of a route count for all of its hosts. */
import { MAX_EXPOSED } from "../../../crds/v1alpha1/expose.ts";
import type { KubeObject } from "../../../kopf/object.ts";
import { byHost } from "./exposure.ts";
import { child, type ExpandInput } from "./input.ts";
import { GATEWAY, HTTP_ROUTE } from "./kinds.ts";
import { listenersFor } from "./listeners.ts";
import { servicePortOf } from "./service.ts";

/** No workload's name holds a dot, so these are nobody else's. */
const routeName = (workloadName: string, slot: number): string => `${workloadName}.${slot}`;

/**
 * The route of the workload's host number `slot`. It attaches to HTTPS listeners by their names alone: a reference without a
 * `sectionName` would attach to every listener of the Gateway, plain HTTP included.
 */
function buildHttpRoute({ workload, spec, platform, exposed = [] }: ExpandInput, slot: number): KubeObject | undefined {
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

/** One child for each host that a workload can expose. */
export const HTTP_ROUTE_KINDS = Array.from({ length: MAX_EXPOSED }, (_, slot) => ({
  resource: HTTP_ROUTE,
  role: "companion" as const,
  optional: true,
  nameFor: (workloadName: string) => routeName(workloadName, slot),
  workloadOf: (childName: string): string | undefined =>
    childName.endsWith(routeName("", slot)) ? childName.slice(0, -routeName("", slot).length) : undefined,
  build: (input: ExpandInput) => buildHttpRoute(input, slot),
}));
