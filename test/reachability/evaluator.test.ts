/** That the measure itself is right: what the documentation of NetworkPolicy says, asked of the evaluator. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type Mark, type PolicyEvaluator, policyEvaluator, type World } from "../support/policy-evaluator.ts";
import { aNamespace } from "../support/reachability.ts";

let evaluator: PolicyEvaluator;

beforeAll(async () => {
  evaluator = await policyEvaluator();
}, 540_000);

const CLIENT = { namespace: "a", name: "client", labels: { app: "client" }, ip: "10.244.0.1", ports: [] };
const SERVER = {
  namespace: "b",
  name: "server",
  labels: { app: "server" },
  ip: "2001:db8::2",
  ports: [{ name: "web", port: 8080, protocol: "TCP" as const }],
};
const OUTSIDE = { name: "outside", ip: "203.0.113.10", ports: [] };

function aWorld(spec: object, change: Partial<World> = {}): World {
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "p", namespace: "b" },
    spec,
  };
  return {
    policies: [policy],
    namespaces: [aNamespace("a"), aNamespace("b")],
    pods: [CLIENT, SERVER],
    outsiders: [OUTSIDE],
    ...change,
  };
}

/** What becomes of the connections from the client, and from the address outside, to the server. */
async function marks(world: World): Promise<readonly Mark[]> {
  const [flows = []] = await evaluator.flows([world]);
  return flows.filter(({ source, destination }) => destination === SERVER && source !== SERVER).map(({ mark }) => mark);
}

const ingress = (rule: object, podSelector: object = {}): object => ({ podSelector, ingress: [rule] });
const named = (name: string): object => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
const app = (value: string): object => ({ matchLabels: { app: value } });

describe("ingress to a pod", () => {
  test.each<{ name: string; spec: object; client: Mark; outside: Mark }>([
    {
      name: "is closed by a policy without rules, even one that leaves its types out",
      spec: { podSelector: {} },
      client: ">",
      outside: ">",
    },
    {
      name: "is open under a policy for egress alone",
      spec: { podSelector: {}, policyTypes: ["Egress"] },
      client: "+",
      outside: "+",
    },
    {
      name: "is open where the policy selects other pods",
      spec: { podSelector: app("other") },
      client: "+",
      outside: "+",
    },
    { name: "is opened to everything by an empty rule", spec: ingress({}), client: "+", outside: "+" },
    {
      name: "is opened by a pod selector within the policy's namespace alone",
      spec: ingress({ from: [{ podSelector: app("client") }] }),
      client: ">",
      outside: ">",
    },
    {
      name: "is opened by a namespace selector and a pod selector that both match",
      spec: ingress({ from: [{ namespaceSelector: named("a"), podSelector: app("client") }] }),
      client: "+",
      outside: ">",
    },
    {
      name: "stays closed where only one of the two selectors matches",
      spec: ingress({ from: [{ namespaceSelector: named("a"), podSelector: app("server") }] }),
      client: ">",
      outside: ">",
    },
    {
      name: "is opened to a network",
      spec: ingress({ from: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }),
      client: ">",
      outside: "+",
    },
    {
      name: "stays closed to what a network leaves out",
      spec: ingress({ from: [{ ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.8/29"] } }] }),
      client: ">",
      outside: ">",
    },
    {
      name: "is opened on a range of ports",
      spec: ingress({ ports: [{ port: 8000, endPort: 8100 }] }),
      client: "+",
      outside: "+",
    },
    { name: "is opened on a named port", spec: ingress({ ports: [{ port: "web" }] }), client: "+", outside: "+" },
    { name: "stays closed on another port", spec: ingress({ ports: [{ port: 80 }] }), client: ">", outside: ">" },
    {
      name: "stays closed over another protocol",
      spec: ingress({ ports: [{ port: 8080, protocol: "SCTP" }] }),
      client: ">",
      outside: ">",
    },
    {
      name: "is closed by a policy for pods that do not have a value, and the pod has no such label",
      spec: { podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["gold"] }] } },
      client: ">",
      outside: ">",
    },
    {
      name: "is open under a policy for pods with an empty label, and the pod has no such label",
      spec: { podSelector: { matchLabels: { tier: "" } } },
      client: "+",
      outside: "+",
    },
  ])("$name", async ({ spec, client, outside }) => {
    expect(await marks(aWorld(spec))).toEqual([client, outside]);
  });
});

test("egress is judged at the source, IPv6 included", async () => {
  const rule = (cidr: string): object => ({
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [{ to: [{ ipBlock: { cidr } }] }],
  });
  const inA = (spec: object): World => aWorld(spec, { policies: [{ ...aPolicyIn("a"), spec }] });
  expect(await marks(inA(rule("2001:db8::/32")))).toEqual(["+", "+"]);
  expect(await marks(inA(rule("2001:db8:1::/48")))).toEqual(["<", "+"]);
});

test("policies only ever add", async () => {
  const open = { ...aPolicyIn("b"), spec: ingress({}, app("server")) };
  const world = aWorld({ podSelector: {} });
  expect(await marks({ ...world, policies: [...world.policies, open] })).toEqual(["+", "+"]);
});

const aPolicyIn = (namespace: string): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "q", namespace },
});

test.each([
  { name: "a field it does not know", spec: { podSelector: {}, deny: [] }, says: "unknown field" },
  { name: "a network that is none", spec: ingress({ from: [{ ipBlock: { cidr: "203.0.113.0" } }] }), says: "CIDR" },
  {
    name: "a range of ports that ends before it starts",
    spec: ingress({ ports: [{ port: 2, endPort: 1 }] }),
    says: "port range",
  },
])("a policy with $name is refused, not guessed at", async ({ spec, says }) => {
  await expect(marks(aWorld(spec))).rejects.toThrow(says);
});
