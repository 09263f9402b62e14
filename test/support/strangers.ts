/** Objects of others, each as bare as the API server takes it. */
import type { KubeObject } from "kopf-ts";

const container = { name: "c", image: "registry.example.com/c:1" };

export const stranger = (apiVersion: string, kind: string, body: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "spy", ...metadata },
  ...body,
});

export const aTemplate = (labels: object, spec: object = {}) => ({
  metadata: { labels },
  spec: { containers: [container], ...spec },
});

export const aDeployment = (metadata: object, labels: object, spec: object = {}): KubeObject =>
  stranger(
    "apps/v1",
    "Deployment",
    { spec: { selector: { matchLabels: labels }, template: aTemplate(labels, spec) } },
    metadata,
  );

export const aPod = (metadata: object, spec: object = {}): KubeObject =>
  stranger("v1", "Pod", { spec: { containers: [container], ...spec } }, metadata);

export const aCronJob = (labels: object, spec: object = {}): KubeObject =>
  stranger("batch/v1", "CronJob", {
    spec: {
      schedule: "* * * * *",
      jobTemplate: { spec: { template: aTemplate(labels, { restartPolicy: "Never", ...spec }) } },
    },
  });

/** Opens every pod of a namespace, in both directions. */
export const openPolicy = (namespace?: string): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "open", ...(namespace === undefined ? {} : { namespace }) },
  spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] },
});
