/** OpenShift: node selectors and security contexts of the project on each pod, standing bindings, pull secrets on each account. */
import type { KubeObject } from "kopf-ts";
import { SERVICE_ACCOUNT } from "../../../src/kubernetes/kinds.ts";
import { mutation, PODS } from "../mutations.ts";
import { type AddOn, PLAIN, type Profile } from "../profile.ts";

const RBAC = "rbac.authorization.k8s.io";

const clusterRole = (name: string, rule: object): KubeObject =>
  ({ apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name }, rules: [rule] }) as unknown as KubeObject;

/** The role's name is the binding's less its last letter. */
const binding = (namespace: string, name: string, subject: object): KubeObject =>
  ({
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: name.replace(/s$/, "") },
    subjects: [subject],
  }) as KubeObject;

/** Wants its secret on every account; where it is refused, it tries again, as the real one does. */
const pullSecrets: AddOn = {
  title: "the image registry's pull secrets",
  act: async (client, namespace) => {
    const { items } = await client.list<KubeObject & { imagePullSecrets?: readonly { name: string }[] }>(
      SERVICE_ACCOUNT,
      { namespace },
    );
    for (const { metadata, imagePullSecrets = [] } of items) {
      const name = `${metadata.name}-dockercfg`;
      if (imagePullSecrets.some((secret) => secret.name === name)) continue;
      const patch = { imagePullSecrets: [...imagePullSecrets, { name }] };
      await client.patch(SERVICE_ACCOUNT, { namespace, name: metadata.name }, patch, { type: "merge" }).catch(() => {});
    }
  },
};

export const OPENSHIFT: Profile = {
  ...PLAIN,
  name: "openshift",
  title: "OpenShift",
  nodeLabels: { "node-role.kubernetes.io/worker": "" },
  objects: [
    clusterRole("system:image-puller", {
      apiGroups: ["", "image.openshift.io"],
      resources: ["imagestreams/layers"],
      verbs: ["get"],
    }),
    clusterRole("system:deployer", { apiGroups: [""], resources: ["replicationcontrollers"], verbs: ["get", "list"] }),
    ...mutation(
      "project-defaults",
      PODS,
      `Object{metadata: Object.metadata{annotations: {"openshift.io/scc": "restricted-v2"}},
        spec: Object.spec{securityContext: Object.spec.securityContext{
          seLinuxOptions: Object.spec.securityContext.seLinuxOptions{level: "s0:c26,c5"}}}}`,
    ),
  ],
  // OpenShift reads an annotation of its own, and does with it what the plugin does.
  plugins: ["PodNodeSelector"],
  inNamespace: (namespace) => [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        annotations: { "scheduler.alpha.kubernetes.io/node-selector": "node-role.kubernetes.io/worker=" },
      },
    } as KubeObject,
    binding(namespace, "system:image-pullers", {
      apiGroup: RBAC,
      kind: "Group",
      name: `system:serviceaccounts:${namespace}`,
    }),
    binding(namespace, "system:deployers", { kind: "ServiceAccount", name: "deployer", namespace }),
  ],
  addOns: [pullSecrets],
  conditions: ["PodsMutated=True"],
};
