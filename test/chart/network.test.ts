/** The chart's NetworkPolicies, asked of an evaluator: who reaches the operator, and whom it reaches. */
import { beforeAll, expect, test } from "@jest/globals";
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { NAMESPACE, objectNamed, renderChart } from "../support/chart.ts";
import { type Outsider, type Pod, type PolicyEvaluator, policyEvaluator } from "../support/policy-evaluator.ts";
import { aNamespace } from "../support/reachability.ts";

let evaluator: PolicyEvaluator;

beforeAll(async () => {
  evaluator = await policyEvaluator();
}, 600_000);

const tcp = (port: number, name?: string) => ({ port, name, protocol: "TCP" as const });

function ours(component: string, ip: string): Pod {
  const labels = {
    "app.kubernetes.io/name": "palisade",
    "app.kubernetes.io/instance": "palisade",
    "app.kubernetes.io/component": component,
  };
  return { namespace: NAMESPACE, name: component, labels, ip, ports: [tcp(8080, "http")] };
}

const aPod = (
  namespace: string,
  name: string,
  ip: string,
  labels: Record<string, string>,
  ports: Pod["ports"],
): Pod => ({
  namespace,
  name,
  labels,
  ip,
  ports,
});

const PODS = [
  ours("operator", "10.0.0.1"),
  ours("admission", "10.0.0.2"),
  ours("check", "10.0.0.3"),
  ours("audit", "10.0.0.4"),
  aPod("shop", "web", "10.0.1.1", { [WORKLOAD_LABEL]: "web" }, [tcp(9999)]),
  aPod("shop", "foreign", "10.0.1.2", {}, [tcp(9999)]),
  aPod("legacy", "posing", "10.0.1.3", { [WORKLOAD_LABEL]: "web" }, [tcp(9999)]),
  aPod("kube-system", "dns", "10.0.2.1", { "k8s-app": "kube-dns" }, [{ port: 53, protocol: "UDP", name: undefined }]),
  aPod("monitoring", "prometheus", "10.0.3.1", {}, [tcp(4318)]),
];

const OUTSIDERS: readonly Outsider[] = [
  { name: "api", ip: "192.0.2.10", ports: [tcp(6443)] },
  { name: "other-api", ip: "192.0.2.11", ports: [tcp(6443)] },
  { name: "registry", ip: "198.51.100.7", ports: [tcp(5000)] },
  { name: "node", ip: "192.0.2.30", ports: [tcp(10_250), tcp(10_255), tcp(9100)] },
  { name: "anywhere", ip: "203.0.113.1", ports: [tcp(8443)] },
];

const NAMESPACES = [
  ...[NAMESPACE, "legacy", "kube-system", "monitoring"].map((name) => aNamespace(name)),
  { ...aNamespace("shop"), labels: { ...aNamespace("shop").labels, [ENROLMENT_LABEL]: "sealed" } },
];

/** `source > destination:port` for every connection that no policy stands in the way of. */
async function ways(values: object): Promise<readonly string[]> {
  const policies = (await renderChart(4, { audit: { enabled: true }, ...values })).filter(
    ({ kind }) => kind === "NetworkPolicy",
  );
  const [flows = []] = await evaluator.flows([{ policies, namespaces: NAMESPACES, pods: PODS, outsiders: OUTSIDERS }]);
  const own = new Set(PODS.filter(({ namespace }) => namespace === NAMESPACE).map(({ name }) => name));
  return flows
    .filter(({ mark, source, destination }) => mark === "+" && (own.has(source.name) || own.has(destination.name)))
    .filter(({ source, destination }) => source !== destination)
    .map(({ source, destination, port }) => `${source.name} > ${destination.name}:${port.port}`)
    .sort();
}

/** The operator tries whether kubelets ask for a login. */
const KUBELETS = ["operator > node:10250", "operator > node:10255"];

/** What every process may, unless values say which addresses are the API server's. */
const API = ["admission", "audit", "check", "operator"].flatMap((name) => [
  `${name} > api:6443`,
  `${name} > other-api:6443`,
]);

test("by default nobody comes in but helm test, and out go the API server, DNS, kubelets and the pods of workloads", async () => {
  expect(await ways({})).toEqual(
    [...API, ...KUBELETS, "check > operator:8080", "check > dns:53", "operator > dns:53", "operator > web:9999"].sort(),
  );
});

test("what the values name is opened, and the API server's addresses are narrowed to", async () => {
  const values = {
    config: { tracing: { endpoint: "http://otel.monitoring:4318/v1/traces" } },
    networkPolicy: {
      apiServer: { cidrs: ["192.0.2.10/32"] },
      registries: { cidrs: ["198.51.100.0/24"], ports: [5000] },
      metricsFrom: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    },
  };
  expect(await ways(values)).toEqual(
    [
      ...API.filter((way) => !way.includes("other-api")),
      ...KUBELETS,
      "check > dns:53",
      "check > operator:8080",
      "operator > dns:53",
      "operator > prometheus:4318",
      "operator > registry:5000",
      "operator > web:9999",
      "prometheus > admission:8080",
      "prometheus > operator:8080",
    ].sort(),
  );
});

test("without an audit there is no policy of its", async () => {
  const policies = (await renderChart(4, {})).filter(({ kind }) => kind === "NetworkPolicy");
  expect(policies.map(({ metadata }) => metadata.name)).not.toContain("palisade-audit");
});

test("the operator may try every TCP port of what it tries: pods of workloads, in namespaces that have some", async () => {
  const { spec } = objectNamed(await renderChart(4, {}), "NetworkPolicy", "palisade");
  const { egress } = spec as { readonly egress: readonly object[] };
  expect(egress).toContainEqual({
    ports: [{ protocol: "TCP" }],
    to: [
      {
        namespaceSelector: { matchExpressions: [{ key: ENROLMENT_LABEL, operator: "Exists" }] },
        podSelector: { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] },
      },
    ],
  });
});
