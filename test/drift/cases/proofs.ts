/** Marks that are believed without proof, and what stands beside labels: owners, finalizers, scales. */
import { createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE } from "../../../src/crds/group.ts";
import {
  DEPLOYMENT,
  NAMESPACE,
  POD,
  POD_TEMPLATE,
  REPLICATION_CONTROLLER,
  ROLE_BINDING,
} from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating, patching, textOf } from "../patches.ts";
import { type Stage, VICTIM } from "../stage.ts";

/** The one namespace of all stages that no workload is in. */
const OPEN = "default";
const GONE = [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "none" }];
const MARK = { "palisade.dev/workload": "gateway" };

const container = { name: "c", image: "registry.example.com/tool:1" };
const template = (labels: object): object => ({ metadata: { labels }, spec: { containers: [container] } });

const named = (kind: string, apiVersion: string, name: string, namespace: string, body: object): KubeObject =>
  ({ apiVersion, kind, metadata: { name, namespace }, ...body }) as KubeObject;

/** On an object of the cluster itself; what is written is taken away again by hand. */
const onNamespace = (title: string, metadata: object, undo: object, mark: string): Attack => ({
  title,
  user: "mallory",
  act: ({ namespace }, client) => client.patch(NAMESPACE, { name: namespace }, { metadata }, { type: "merge" }),
  stands: async ({ admin, namespace }) => {
    const live = await admin.get(NAMESPACE, { name: namespace });
    return live !== undefined && textOf(live).includes(mark);
  },
  restore: async ({ admin, namespace }) => {
    await admin.patch(NAMESPACE, { name: namespace }, { metadata: undo }, { type: "merge" });
  },
  onlyGuarded: true,
});

/** A controller of the control plane, which the seal lets through. */
const TRUSTED = { namespace: "kube-system", name: "ttl-after-finished-controller" };
const RBAC = "rbac.authorization.k8s.io";

/** Somebody's, which rests: as if it had been made between the last inventory and the seal. */
async function resting({ cluster, admin, namespace }: Stage): Promise<void> {
  if ((await admin.get(DEPLOYMENT, { namespace, name: "resting" })) !== undefined) return;
  const binding = {
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "ServiceAccount", ...TRUSTED }],
  };
  await admin.create(ROLE_BINDING, named("RoleBinding", `${RBAC}/v1`, "late", namespace, binding));
  const path = await cluster.serviceAccountKubeconfig(TRUSTED.namespace, TRUSTED.name);
  const transport = createTransport(await kubeconfigConnection({ path }), { userAgent: "late" });
  const labels = { app: "resting" };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template: template(labels) };
  const deployment = named("Deployment", "apps/v1", "resting", namespace, { spec });
  await createClient(transport, "late").create(DEPLOYMENT, deployment);
  await transport.close();
}

export const PROOF_CASES: readonly DriftCase[] = [
  {
    number: 126,
    title: "a pod elsewhere with the label of an allowed peer",
    who: "E",
    attacks: [
      creating(
        "runs a pod with a workload's label where no workload is",
        POD,
        ({ namespace }) => ({
          ...named("Pod", "v1", `spy-${namespace}`, OPEN, { spec: { containers: [container] } }),
          metadata: { name: `spy-${namespace}`, namespace: OPEN, labels: MARK },
        }),
        "mallory",
      ),
      creating(
        "has a ReplicationController make such pods",
        REPLICATION_CONTROLLER,
        ({ namespace }) =>
          named("ReplicationController", "v1", `spy-${namespace}`, OPEN, {
            spec: { replicas: 0, selector: MARK, template: template(MARK) },
          }),
        "mallory",
      ),
      creating(
        "keeps a template of such pods",
        POD_TEMPLATE,
        ({ namespace }) => named("PodTemplate", "v1", `spy-${namespace}`, OPEN, { template: template(MARK) }),
        "mallory",
      ),
    ],
  },
  {
    number: 127,
    title: "what rested before the seal run again",
    who: "E",
    attacks: [
      {
        title: "scales a Deployment from before up",
        user: "alice",
        prepare: resting,
        act: ({ namespace }, client) =>
          client.patch(
            DEPLOYMENT,
            { namespace, name: "resting" },
            { spec: { replicas: 1 } },
            { type: "merge", subresource: "scale" },
          ),
        spoils: true,
        onlyGuarded: true,
      },
    ],
  },
  {
    number: 130,
    title: "an owner or a finalizer on a namespace of workloads",
    who: "X",
    attacks: [
      onNamespace("has the garbage collector delete it", { ownerReferences: GONE }, { ownerReferences: null }, "none"),
      onNamespace("keeps its name", { finalizers: ["example.com/hold"] }, { finalizers: null }, "example.com/hold"),
    ],
  },
  {
    number: 131,
    title: "an owner that is not there on an object of Palisade's kinds",
    who: "E/X",
    attacks: [
      {
        ...patching(
          "has the garbage collector delete the SecureWorkload",
          SECURE_WORKLOAD,
          VICTIM,
          { metadata: { ownerReferences: GONE } },
          '"uid":"none"',
        ),
        onlyGuarded: true,
      },
      {
        title: "has it delete the SecurityBaseline",
        user: "mallory",
        act: (_stage, client) =>
          client.patch(
            SECURITY_BASELINE,
            { name: "cluster" },
            { metadata: { ownerReferences: GONE } },
            { type: "merge" },
          ),
        onlyGuarded: true,
      },
    ],
  },
];
