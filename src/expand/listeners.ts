/** Which listeners of a Gateway a route may attach to. */

/** A listener that terminates TLS. */
export interface ListenerFacts {
  readonly name: string;
  /** Serves only matching hosts; every host unless set. */
  readonly hostname: string | undefined;
}

export interface GatewayFacts {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: readonly ListenerFacts[];
}

/** The most parents that the Gateway API allows a route. */
const MAX_PARENTS = 32;

/** The HTTPS listeners that serve `host`. The wildcard of a listener matches one label or more (Gateway API, `Hostname`). */
export const listenersFor = ({ listeners }: GatewayFacts, host: string): readonly ListenerFacts[] =>
  listeners.filter(({ hostname }) => hostname === undefined || serves(hostname, host)).slice(0, MAX_PARENTS);

const serves = (hostname: string, host: string): boolean =>
  hostname.startsWith("*.") ? host.endsWith(hostname.slice(1)) : hostname === host;
