/** Objects of others, each as bare as the API server takes it. */
import type { KubeObject } from "../../src/kopf/object.ts";

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
