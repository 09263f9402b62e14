/** What is open, and leads nowhere that is known. */
import type { Edge, Graph, OpenPort } from "../edges/edge.ts";
import { hostExposed } from "../edges/host-exposed.ts";
import { routeExposed } from "../edges/route-exposed.ts";
import { serviceExposed } from "../edges/service-exposed.ts";
import type { Place } from "../place.ts";
import type { Gives } from "../products/product.ts";
import type { Severity } from "../severity.ts";
import { type Broken, brokenAt, type Rule } from "./rule.ts";

const EXPOSED: readonly Edge[] = [serviceExposed, routeExposed, hostExposed];

/** The port that a link leads to, as `Reach` names it. */
const PORT = /^port (.*):(\d+)\/(\w+)$/;

export const exposed: Rule = {
  id: "exposed",
  title: "open to the internet",
  reason: "What the internet reaches is tried by everybody, at all times.",
  fix: "Close what need not be open; ask for a login where it must be.",
  palisade: "a SecureWorkload is reached by the peers of access.inbound, and from outside through `expose` alone",
  attack: ["T1133"],
  cis: ["5.3.2"],
  broken: (graph, inChain) => [
    ...EXPOSED.flatMap((edge) => [...edge.links(graph)]).flatMap(({ to, words, places: [place] }) =>
      place === undefined || inChain(place.object) ? [] : [exposedAt(graph, to, words, place)],
    ),
    ...withExternalAddress(graph),
    ...withoutTarget(graph),
  ],
};

/** Addresses that anybody may claim take traffic from others: CVE-2020-8554. */
const withExternalAddress = ({ facts }: Graph): readonly Broken[] =>
  facts.services
    .filter(({ externalIPs }) => externalIPs.length > 0)
    .map(({ open, place }) => brokenAt("medium", "externalIPs", open?.place ?? place, "externalIPs"));

/** What runs anybody's code is worse than what nobody knows, and metrics tell of the cluster; what an account may do is told by its chain. */
function exposedAt({ reach }: Graph, to: string, words: string, place: Place): Broken {
  const [, workload = "", port, protocol = ""] = PORT.exec(to) ?? [];
  const { login, gives } = reach.login({ workload, port: Number(port), protocol });
  return brokenAt(
    (login === "none" ? OPEN_SEVERITY[gives] : undefined) ?? "low",
    `${words}, ${LOGIN_WORDS[login]}`,
    place,
    to,
  );
}

const OPEN_SEVERITY: Partial<Record<Gives, Severity>> = { code: "high", metrics: "medium" };
const LOGIN_WORDS = { none: "no login", unknown: "login unknown", some: "login" } as const;

/** What is open and leads to pods that were not read. */
function* withoutTarget({ facts, reach }: Graph): Iterable<Broken> {
  for (const { open, name, namespace } of facts.services)
    if (open !== undefined && reach.behind(namespace, name).length === 0)
      yield brokenAt("low", `Service/${name} (${open.words})`, open.place, "open");
  for (const { backends } of facts.routes)
    for (const { namespace, service, port, place } of backends)
      if (reach.behind(namespace, service, port).length === 0)
        yield brokenAt("low", `a route to Service/${service}`, place, `${namespace}/${service}`);
}

/** What is reached from inside alone: a program that asks nobody, and a port where stores usually listen. */
export const openProgram: Rule = {
  id: "open-program",
  title: "open to every pod",
  reason: "Whoever broke into any pod of the cluster gets to it.",
  fix: "Switch its login on, and close it with a NetworkPolicy.",
  palisade: "a SecureWorkload is reached by the peers of access.inbound alone",
  attack: ["T1046"],
  cis: ["5.3.2"],
  driftCase: 40,
  broken: function* ({ reach, facts }, inChain) {
    for (const open of reach.ports) {
      const place = facts.workloads.get(open.workload)?.place;
      const said = openTo(reach, open);
      if (place !== undefined && said !== undefined && !inChain(open.workload) && reach.fromSomePod(open))
        yield brokenAt("low", `port ${open.port}: ${said}`, place, String(open.port));
    }
  },
};

const STORES: Readonly<Record<number, string>> = {
  2375: "Docker",
  2379: "etcd",
  6379: "Redis",
  9200: "Elasticsearch",
  11211: "memcached",
  27017: "MongoDB",
};

function openTo(reach: Graph["reach"], open: OpenPort): string | undefined {
  const { login, words, gives } = reach.login(open);
  if (login === "none") return gives === "metrics" ? undefined : `no login, ${words}`;
  const usual = STORES[open.port];
  return login === "unknown" && usual !== undefined ? `login unknown, where ${usual} listens` : undefined;
}

export const loginInTheClear: Rule = {
  id: "login-in-the-clear",
  title: "a login over plain HTTP",
  reason: "Whoever is on the way reads the login, and has it.",
  fix: "Serve TLS, also behind a proxy.",
  attack: ["T1552"],
  cis: [],
  broken: function* ({ reach }) {
    for (const open of reach.ports) {
      const { plain, product = "" } = reach.login(open);
      if (plain !== undefined) yield brokenAt("low", `${product} takes its login in the clear`, plain);
    }
  },
};

export const sshPort: Rule = {
  id: "ssh-port",
  title: "a port of SSH",
  reason: "A shell in a container is a way in that nobody sees, with keys that nobody changes.",
  fix: "Remove the server: kubectl exec is asked for and recorded.",
  palisade: "nobody enters the pods of a SecureWorkload, save by a break-glass exception that ends",
  attack: ["T1021"],
  cis: [],
  broken: function* ({ facts }) {
    for (const { ports } of facts.workloads.values())
      for (const { port, place } of ports) if (port === 22) yield brokenAt("info", "port 22", place);
  },
};

export const withoutNetworkPolicy: Rule = {
  id: "no-network-policy",
  title: "no NetworkPolicy",
  reason: "Where no policy selects a pod, everybody in the cluster calls it.",
  fix: "Add a NetworkPolicy to its namespace that denies by default.",
  palisade: "the namespace of a SecureWorkload denies by default",
  attack: ["T1046"],
  cis: ["5.3.2"],
  driftCase: 40,
  broken: function* ({ facts, reach }) {
    for (const { id, hostNetwork, place, isControlPlane } of facts.workloads.values())
      if (!(hostNetwork || isControlPlane || reach.isClosed(id)))
        yield brokenAt("low", "no policy selects it", place, "");
  },
};

export const ingressWithoutTls: Rule = {
  id: "route-without-tls",
  title: "route without TLS",
  reason: "What passes in the clear is read and changed on its way, logins too.",
  fix: "Add `tls` to the route.",
  palisade: "hosts are exposed with TLS alone",
  attack: ["T1552"],
  cis: [],
  broken: function* ({ facts }) {
    for (const { isPlain, place } of facts.routes) if (isPlain) yield brokenAt("low", "no tls", place, "");
  },
};

export const ingressSnippet: Rule = {
  id: "ingress-snippet",
  title: "settings of the proxy in an Ingress",
  reason:
    "A snippet becomes part of the proxy's own settings: whoever writes one reads the Secrets that the proxy reads (CVE-2021-25742).",
  fix: "Use the annotations for what the snippet does, and switch snippets off in the controller.",
  palisade: "an exposed host has no settings of the proxy",
  attack: ["T1552"],
  cis: [],
  broken: function* ({ facts }) {
    for (const { snippet } of facts.routes) if (snippet !== undefined) yield brokenAt("low", "a snippet", snippet);
  },
};

const SYSTEM = /^(kube-(system|public|node-lease)|default)$/;

export const withoutPodSecurity: Rule = {
  id: "no-pod-security",
  title: "no Pod Security",
  reason: "Where no level is enforced, whoever makes pods makes privileged ones.",
  fix: "Label the namespace with pod-security.kubernetes.io/enforce: restricted.",
  palisade: "a namespace of SecureWorkloads enforces `restricted`",
  attack: ["T1610"],
  cis: ["5.2.1"],
  broken: function* ({ facts }) {
    for (const { name, labels, place } of facts.namespaces.values()) {
      const level = labels["pod-security.kubernetes.io/enforce"];
      const isOpen = level === undefined || level === "privileged";
      if (place !== undefined && isOpen && !SYSTEM.test(name))
        yield brokenAt("info", "no level is enforced", place, "");
    }
  },
};
