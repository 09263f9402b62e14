import type { V1LifecycleHandler, V1Probe } from "@kubernetes/client-node";
import { all, textIn } from "./cel.ts";
import { isNothing, omit } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { type Container, policy } from "./policy.ts";
import { drift, mitre, owasp, pss } from "./sources.ts";

const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const HOOKS = ["postStart", "preStop"] as const;
const ACTIONS = ["httpGet", "tcpSocket"] as const;

type Handler = Pick<V1Probe & V1LifecycleHandler, (typeof ACTIONS)[number]>;

function handlersOf({ lifecycle, ...container }: Container): readonly (readonly [string, Handler | undefined])[] {
  return [
    ...PROBES.map((probe) => [probe, container[probe]] as const),
    ...HOOKS.map((hook) => [`lifecycle.${hook}`, lifecycle?.[hook]] as const),
  ];
}

/** The path of every host that a container can name. */
const HOSTS: readonly (readonly string[])[] = [
  ...PROBES.map((probe) => [probe]),
  ...HOOKS.map((hook) => ["lifecycle", hook]),
].flatMap((handler) => ACTIONS.map((action) => [...handler, action, "host"]));

function withoutHost<T extends Handler>(handler: T): T {
  const { httpGet, tcpSocket } = handler;
  return {
    ...handler,
    ...(httpGet === undefined ? {} : { httpGet: omit(httpGet, "host") }),
    ...(tcpSocket === undefined ? {} : { tcpSocket: omit(tcpSocket, "host") }),
  };
}

/** The fields of `names` that are there, each without a host. */
function withoutHosts<T extends object, K extends keyof T>(holder: T, names: readonly K[]): Partial<T> {
  return Object.fromEntries(
    names.flatMap((name) => (holder[name] === undefined ? [] : [[name, withoutHost(holder[name] as Handler)]])),
  ) as Partial<T>;
}

export const noProbeHosts = policy(
  {
    id: "no-probe-hosts",
    demand: "Probes and hooks must target the pod itself.",
    reason:
      "The kubelet sends them from the node: a probe with a host reaches whatever the node reaches, and bypasses every NetworkPolicy.",
    effect: "Removes `host` from HTTP and TCP probes and hooks, which then use the pod's address.",
    fix: "Remove the host. Report the state of dependencies in your own readiness endpoint.",
    sources: [pss("Baseline: Host Probes / Lifecycle Hooks (v1.34+)"), owasp("K05"), mitre("T1046"), drift(9)],
  },
  each(containers, {
    broken: (container) =>
      handlersOf(container).flatMap(([path, handler]) =>
        ACTIONS.filter((action) => !isNothing(handler?.[action]?.host)).map((action) => ({
          path: `${path}.${action}.host`,
          message: "must not be set",
        })),
      ),
    repair: (container) => ({
      ...container,
      ...withoutHosts(container, PROBES),
      ...(container.lifecycle === undefined
        ? {}
        : { lifecycle: { ...container.lifecycle, ...withoutHosts(container.lifecycle, HOOKS) } }),
    }),
    obeys: (container) => all(...HOSTS.map((path) => `${textIn(container, ...path)} == ''`)),
  }),
);
