/** Live pods: changed, taken out of sight, joined by others, or left behind. */
import type { KubeObject } from "kopf-ts";
import {
  CRON_JOB,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  JOB,
  POD,
  REPLICA_SET,
} from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating, patching, textOf } from "../patches.ts";
import { type Stage, VICTIM } from "../stage.ts";

const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Obeys `restricted`, so that nothing but its place is wrong with it. */
const podSpec = (fields: object = {}): object => ({
  containers: [{ name: "c", image: "registry.example.com/tool:1", securityContext: SAFE }],
  ...fields,
});

const pod = ({ namespace }: Stage, name: string, labels: object, fields: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, spec: podSpec(fields) }) as KubeObject;

async function aPod(stage: Stage): Promise<KubeObject> {
  const [first] = await stage.pods();
  if (first === undefined) throw new Error("the victim has no pod");
  return first;
}

/** A change of one live pod: it stands while that very pod says so and is not on its way out. */
function onPod(
  title: string,
  body: object,
  mark: (pod: KubeObject) => boolean,
  { user = "alice", subresource }: { readonly user?: Attack["user"]; readonly subresource?: string } = {},
): Attack {
  const attacked = new Map<string, KubeObject>();
  return {
    title,
    user,
    act: async (stage, client) => {
      const victim = await aPod(stage);
      attacked.set(stage.namespace, victim);
      const { name } = victim.metadata;
      const options = subresource === undefined ? {} : { subresource };
      await client.patch(POD, { namespace: stage.namespace, name }, body, { type: "strategic", ...options });
    },
    stands: async (stage) => {
      const before = attacked.get(stage.namespace);
      const live = await stage.get(POD, before?.metadata.name ?? "");
      if (live === undefined || live.metadata.uid !== before?.metadata.uid) return false;
      return live.metadata.deletionTimestamp === undefined && mark(live);
    },
  };
}

const says =
  (text: string) =>
  (live: KubeObject): boolean =>
    textOf(live).includes(text);

const ownReplicaSet = async (stage: Stage): Promise<KubeObject> => {
  const { items } = await stage.admin.list(REPLICA_SET, {
    namespace: stage.namespace,
    labelSelector: `palisade.dev/workload=${VICTIM}`,
  });
  const [newest] = [...items].sort((a, b) => revisionOf(b) - revisionOf(a));
  if (newest === undefined) throw new Error("the victim has no ReplicaSet");
  return newest;
};

const revisionOf = ({ metadata }: KubeObject): number =>
  Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);

/** One that is kept for its history alone runs nothing. */
const runs = ({ spec }: KubeObject): boolean => (spec as { readonly replicas?: number } | undefined)?.replicas !== 0;

const onReplicaSet = (title: string, body: object, mark: string): Attack => ({
  title,
  user: "alice",
  act: async (stage, client) => {
    const { name } = (await ownReplicaSet(stage)).metadata;
    await client.patch(REPLICA_SET, { namespace: stage.namespace, name }, body, { type: "strategic" });
  },
  stands: async (stage) => {
    const { items } = await stage.admin.list(REPLICA_SET, { namespace: stage.namespace });
    return items.some(
      (live) => live.metadata.deletionTimestamp === undefined && runs(live) && textOf(live).includes(mark),
    );
  },
});

export const POD_CASES: readonly DriftCase[] = [
  {
    number: 3,
    title: "an ephemeral container",
    who: "X",
    attacks: [
      onPod(
        "puts a shell beside the container",
        {
          spec: {
            ephemeralContainers: [{ name: "shell", image: "registry.example.com/shell:1", securityContext: SAFE }],
          },
        },
        says('"shell"'),
        { user: "mallory", subresource: "ephemeralcontainers" },
      ),
    ],
  },
  {
    number: 14,
    title: "placement by name, tolerations, priority, another scheduler",
    who: "E",
    attacks: [
      patching(
        "pins the pod to a node",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { spec: { nodeName: "victim-node" } } } },
        "victim-node",
        { type: "strategic" },
      ),
      patching(
        "tolerates every taint",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { spec: { tolerations: [{ operator: "Exists" }] } } } },
        '"operator":"Exists"',
        { type: "strategic" },
      ),
      patching(
        "asks for a scheduler of its own",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { spec: { schedulerName: "theirs" } } } },
        "theirs",
        { type: "strategic" },
      ),
      onPod(
        "adds a toleration to a running pod",
        { spec: { tolerations: [{ key: "dedicated", operator: "Exists" }] } },
        says('"dedicated"'),
      ),
    ],
  },
  {
    number: 20,
    title: "a ReplicaSet edited or scaled directly",
    who: "E",
    attacks: [
      onReplicaSet(
        "weakens the template of the ReplicaSet",
        { spec: { template: { spec: { shareProcessNamespace: true } } } },
        '"shareProcessNamespace":true',
      ),
      {
        ...onReplicaSet("scales the ReplicaSet", { spec: { replicas: 9 } }, '"replicas":9,'),
        undoneByKubernetes: true,
      },
    ],
  },
  {
    number: 21,
    title: "the image of a live pod",
    who: "E",
    attacks: [
      onPod(
        "swaps the image of a running pod",
        { spec: { containers: [{ name: VICTIM, image: "registry.example.com/shop/web:evil" }] } },
        says("web:evil"),
      ),
    ],
  },
  {
    number: 22,
    title: "labels taken off a live pod, which goes on running",
    who: "E",
    attacks: [
      onPod(
        "takes the labels off a running pod",
        { metadata: { labels: { "palisade.dev/workload": null, "pod-template-hash": null } } },
        (live) => live.metadata.labels?.["palisade.dev/workload"] === undefined,
      ),
      onPod(
        "lets a running pod pass for another workload's",
        { metadata: { labels: { "palisade.dev/workload": "gateway" } } },
        (live) => live.metadata.labels?.["palisade.dev/workload"] === "gateway",
      ),
    ],
  },
  {
    number: 23,
    title: "a pod that passes for an allowed peer",
    who: "E",
    attacks: [
      creating("labels a pod as the gateway that may call", POD, (stage) =>
        pod(stage, "impostor", { "palisade.dev/workload": "gateway" }),
      ),
    ],
  },
  {
    number: 24,
    title: "a pod with the workload's labels",
    who: "E",
    attacks: [
      creating("makes a pod that takes the Service's traffic", POD, (stage) =>
        pod(stage, "impostor", { "palisade.dev/workload": VICTIM }),
      ),
    ],
  },
  {
    number: 25,
    title: "a pod of nobody",
    who: "E",
    attacks: [creating("makes a pod beside the workload", POD, (stage) => pod(stage, "stray", { app: "stray" }))],
  },
  {
    number: 26,
    title: "the workload's account taken by something else",
    who: "E",
    attacks: [
      creating("runs a pod as the account", POD, (stage) =>
        pod(stage, "thief", { app: "thief" }, { serviceAccountName: VICTIM, automountServiceAccountToken: true }),
      ),
      creating("runs a Job as the account", JOB, ({ namespace }) => ({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "thief", namespace },
        spec: { template: { spec: podSpec({ serviceAccountName: VICTIM, restartPolicy: "Never" }) } },
      })),
      creating("runs a CronJob as the account", CRON_JOB, ({ namespace }) => ({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "thief", namespace },
        spec: {
          schedule: "* * * * *",
          jobTemplate: {
            spec: { template: { spec: podSpec({ serviceAccountName: VICTIM, restartPolicy: "Never" }) } },
          },
        },
      })),
    ],
  },
  {
    number: 28,
    title: "an autoscaler of somebody else",
    who: "E",
    attacks: [
      creating("scales the Deployment with load", HORIZONTAL_POD_AUTOSCALER, ({ namespace }) => ({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "theirs", namespace },
        spec: {
          minReplicas: 1,
          maxReplicas: 100,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: VICTIM },
        },
      })),
    ],
  },
  {
    number: 36,
    title: "a deletion that leaves the pods running, of nobody",
    who: "E",
    attacks: [
      {
        title: "deletes the Deployment and orphans its pods",
        user: "alice",
        act: ({ namespace }, client) =>
          client.delete(DEPLOYMENT, { namespace, name: VICTIM }, { propagationPolicy: "Orphan" }),
        stands: async (stage) => {
          const live = await stage.get(DEPLOYMENT, VICTIM);
          if (live === undefined || live.metadata.deletionTimestamp !== undefined) return true;
          const replicaSets = await stage.admin.list(REPLICA_SET, { namespace: stage.namespace });
          const owned = new Set(
            replicaSets.items
              .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === live.metadata.uid))
              .map(({ metadata }) => metadata.uid),
          );
          return (await stage.pods()).some(
            ({ metadata }) => !metadata.ownerReferences?.some(({ uid }) => owned.has(uid)),
          );
        },
      },
      {
        title: "deletes the ReplicaSet and orphans its pods",
        user: "alice",
        act: async (stage, client) => {
          const { name } = (await ownReplicaSet(stage)).metadata;
          await client.delete(REPLICA_SET, { namespace: stage.namespace, name }, { propagationPolicy: "Orphan" });
        },
        stands: async (stage) => (await stage.pods()).some(({ metadata }) => metadata.ownerReferences === undefined),
      },
    ],
  },
  {
    number: 82,
    title: "a rollback to an older revision",
    who: "E",
    attacks: [
      patching(
        "puts an older template back",
        DEPLOYMENT,
        VICTIM,
        {
          spec: {
            template: { spec: { containers: [{ name: VICTIM, image: "registry.example.com/shop/web:0.9.0" }] } },
          },
        },
        "web:0.9.0",
        { type: "strategic" },
      ),
    ],
  },
  {
    number: 83,
    title: "a weak pod that will not go",
    who: "E",
    attacks: [
      patching(
        "gives weak pods a day to end",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { spec: { terminationGracePeriodSeconds: 86_400, shareProcessNamespace: true } } } },
        '"terminationGracePeriodSeconds":86400',
        { type: "strategic" },
      ),
    ],
  },
  {
    number: 85,
    title: "a named port that leads elsewhere",
    who: "E",
    attacks: [
      patching(
        "renames the port of the container",
        DEPLOYMENT,
        VICTIM,
        [{ op: "replace", path: "/spec/template/spec/containers/0/ports/0/name", value: "renamed" }],
        '"renamed"',
        { type: "json" },
      ),
    ],
  },
];
