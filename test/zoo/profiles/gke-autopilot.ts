/** GKE Autopilot: limits made equal to requests, nodes chosen by the platform, network endpoint groups on Services. */
import { SERVICE } from "../../../src/kubernetes/kinds.ts";
import { appended, mutation, PODS, patching } from "../mutations.ts";
import { type AddOn, PLAIN, type Profile } from "../profile.ts";

/** Writes what it made of a Service, long after the webhook wrote what it should make. */
const endpointGroups: AddOn = {
  title: "the NEG controller",
  act: async (client, namespace) => {
    const { items } = await client.list(SERVICE, { namespace });
    for (const { metadata } of items) {
      if (metadata.annotations?.["cloud.google.com/neg-status"] !== undefined) continue;
      const annotations = {
        "cloud.google.com/neg-status": '{"network_endpoint_groups":{"80":"k8s1-shop"},"zones":["a"]}',
      };
      await client.patch(SERVICE, { namespace, name: metadata.name }, { metadata: { annotations } }, { type: "merge" });
    }
  },
};

export const GKE_AUTOPILOT: Profile = {
  ...PLAIN,
  name: "gke-autopilot",
  title: "GKE Autopilot",
  nodeLabels: { "cloud.google.com/compute-class": "general" },
  objects: [
    ...mutation(
      "neg-annotation",
      { apiGroups: [""], resources: ["services"] },
      'Object{metadata: Object.metadata{annotations: {"cloud.google.com/neg": "{\\"ingress\\":true}"}}}',
    ),
    ...patching(
      "warden-class",
      PODS,
      `has(object.spec.nodeSelector)
        ? [JSONPatch{op: "add", path: "/spec/nodeSelector/cloud.google.com~1compute-class", value: "general"}]
        : [JSONPatch{op: "add", path: "/spec/nodeSelector", value: {"cloud.google.com/compute-class": "general"}}]`,
    ),
    ...patching(
      "warden-arch",
      PODS,
      appended(
        "tolerations",
        'Object.spec.tolerations{key: "kubernetes.io/arch", operator: "Equal", value: "amd64", effect: "NoSchedule"}',
      ),
    ),
    ...mutation(
      "warden-adjustment",
      PODS,
      'Object{metadata: Object.metadata{annotations: {"autopilot.gke.io/resource-adjustment": "{}"}}}',
    ),
  ],
  addOns: [endpointGroups],
  conditions: ["PodsMutated=True"],
};
