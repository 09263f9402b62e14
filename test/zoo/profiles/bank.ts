/**
 * A bank's cluster: images always pulled, quotas and limits in every namespace, and Kyverno, Istio and Datadog, each of which adds to every pod. Vault
 * adds its agent to those that ask for it by annotation, which none of ours can.
 */
import type { KubeObject } from "kopf-ts";
import { inEveryContainer, mutation, PODS, patching, sidecar, variables } from "../mutations.ts";
import { PLAIN, type Profile } from "../profile.ts";

const DIGEST = `sha256:${"5".repeat(64)}`;

const quota = (namespace: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "team", namespace },
    spec: { hard: { pods: "200", services: "100", "requests.cpu": "50", "limits.memory": "200Gi" } },
  }) as KubeObject;

const limits = (namespace: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "team", namespace },
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
          defaultRequest: { cpu: "50m", memory: "64Mi" },
          max: { cpu: "8", memory: "16Gi" },
        },
      ],
    },
  }) as KubeObject;

/** What the plugin PodNodeSelector reads. */
const placed = (namespace: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      annotations: { "scheduler.alpha.kubernetes.io/node-selector": "bank.example.com/zone=internal" },
    },
  }) as KubeObject;

/** As a rule of Kyverno generates it, and makes it again. */
const defaultDeny = (namespace: string): KubeObject =>
  ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny", namespace, labels: { "app.kubernetes.io/managed-by": "kyverno" } },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  }) as KubeObject;

export const BANK: Profile = {
  ...PLAIN,
  name: "bank",
  title: "A bank: Kyverno, Istio, Datadog, Vault",
  plugins: ["AlwaysPullImages", "PodNodeSelector"],
  nodeLabels: { "bank.example.com/zone": "internal" },
  objects: [
    ...mutation(
      "kyverno-labels",
      PODS,
      'Object{metadata: Object.metadata{labels: {"cost-center": "4711"}, annotations: {"kyverno.io/verify-images": "pass"}}}',
    ),
    ...patching(
      "istio-proxy",
      PODS,
      sidecar("initContainers", "istio-proxy", `registry.example.com/istio/proxyv2@${DIGEST}`),
    ),
    ...mutation(
      "datadog",
      PODS,
      inEveryContainer(variables({ DD_TRACE_AGENT_URL: "http://agent.monitoring:8126", DD_ENTITY_ID: "unknown" })),
    ),
    ...patching(
      "vault-agent",
      PODS,
      sidecar("containers", "vault-agent", `registry.example.com/vault@${DIGEST}`),
      'object.metadata.?annotations[?"vault.hashicorp.com/agent-inject"].orValue("") == "true"',
    ),
  ],
  inNamespace: (namespace) => [placed(namespace), quota(namespace), limits(namespace), defaultDeny(namespace)],
  conditions: ["PodsMutated=True"],
};
