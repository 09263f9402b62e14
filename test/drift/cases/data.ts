/** The claims that pods stand on, and what is written on live pods beside their spec. */
import type { KubeObject } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../../src/crds/group.ts";
import { PERSISTENT_VOLUME_CLAIM, POD } from "../../../src/kubernetes/kinds.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating, deleting, patching } from "../patches.ts";
import { DATA, type Stage, secureWorkload } from "../stage.ts";

const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const pod =
  (name: string, volume: object) =>
  ({ namespace }: Stage): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace },
      spec: {
        containers: [{ name: "c", image: "registry.example.com/tool:1", securityContext: SAFE }],
        volumes: [{ name: "loot", ...volume }],
      },
    }) as KubeObject;

const claimSpec = (more: object = {}): object => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
  ...more,
});

const claim =
  (name: string, { spec = {}, labels = {} }: { readonly spec?: object; readonly labels?: object } = {}) =>
  ({ namespace }: Stage): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace, labels },
      spec: claimSpec(spec),
    }) as KubeObject;

const COPY = { dataSource: { kind: "PersistentVolumeClaim", name: DATA } };

const annotatesPod = (title: string, annotations: object, subresource?: string): Attack => {
  const [key = ""] = Object.keys(annotations);
  return {
    title,
    user: subresource === undefined ? "alice" : "mallory",
    act: async (stage, client) => {
      const [victim] = await stage.pods();
      const options = subresource === undefined ? {} : { subresource };
      await client.patch(
        POD,
        { namespace: stage.namespace, name: victim?.metadata.name ?? "" },
        { metadata: { annotations } },
        { type: "merge", ...options },
      );
    },
    stands: async (stage) => (await stage.pods()).some(({ metadata }) => metadata.annotations?.[key] !== undefined),
  };
};

/** What is made of it is nobody's without the policies, so that no later attack shall find it. */
const spoiling = (attack: Attack): Attack => ({ ...attack, spoils: true });

export const DATA_CASES: readonly DriftCase[] = [
  {
    number: 120,
    title: "a workload's claim deleted",
    who: "E",
    attacks: [
      spoiling(deleting("deletes the claim", PERSISTENT_VOLUME_CLAIM, DATA)),
      spoiling({
        ...deleting("deletes every claim at once", PERSISTENT_VOLUME_CLAIM, DATA),
        act: ({ namespace }, client) =>
          client.transport.request({
            method: "DELETE",
            path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
          }),
      }),
      spoiling(
        patching(
          "has the garbage collector delete it",
          PERSISTENT_VOLUME_CLAIM,
          DATA,
          { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "none" }] } },
          '"uid":"none"',
        ),
      ),
    ],
  },
  {
    number: 121,
    title: "a claim prepared for a workload, or taken from it",
    who: "E",
    attacks: [
      spoiling(
        creating(
          "makes a claim that looks like a workload's",
          PERSISTENT_VOLUME_CLAIM,
          claim("data-next", { labels: { "palisade.dev/workload": "next" } }),
        ),
      ),
      spoiling(
        patching(
          "takes the workload's label off",
          PERSISTENT_VOLUME_CLAIM,
          DATA,
          { metadata: { labels: { "palisade.dev/workload": null } } },
          ({ metadata }) => metadata.labels?.["palisade.dev/workload"] === undefined,
        ),
      ),
      spoiling(
        patching(
          "names a volume of its own",
          PERSISTENT_VOLUME_CLAIM,
          DATA,
          { spec: { volumeName: "theirs" } },
          '"volumeName":"theirs"',
        ),
      ),
    ],
  },
  {
    number: 122,
    title: "a workload's data mounted or copied by others",
    who: "E",
    attacks: [
      spoiling(creating("copies the claim", PERSISTENT_VOLUME_CLAIM, claim("copy", { spec: COPY }))),
      spoiling(creating("mounts the claim", POD, pod("mounts", { persistentVolumeClaim: { claimName: DATA } }))),
      spoiling(
        creating(
          "has a copy made for a pod",
          POD,
          pod("copies", { ephemeral: { volumeClaimTemplate: { spec: claimSpec(COPY) } } }),
        ),
      ),
    ],
  },
  {
    number: 123,
    title: "a SecureWorkload that names another's claim",
    who: "CR",
    attacks: [
      {
        ...spoiling(
          creating(
            "mounts the claim as existing",
            SECURE_WORKLOAD,
            ({ namespace }) =>
              secureWorkload(namespace, "thief", { claims: [{ name: "loot", path: "/var/loot", existing: DATA }] }),
            "carol",
          ),
        ),
        stands: async () => true,
        told: async ({ admin, namespace }) => {
          const thief = await admin.get(SECURE_WORKLOAD, { namespace, name: "thief" });
          return JSON.stringify(thief?.["status"] ?? {}).includes("ClaimTaken")
            ? "condition Ready of the SecureWorkload"
            : undefined;
        },
      },
    ],
  },
  {
    number: 124,
    title: "annotations on a live pod, which steer autoscalers, backups and meshes",
    who: "E",
    attacks: [
      annotatesPod("keeps the node from going", { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" }),
      annotatesPod("chooses which pod goes first", { "controller.kubernetes.io/pod-deletion-cost": "-100" }),
      annotatesPod("has its volumes backed up elsewhere", { "backup.velero.io/backup-volumes": "data" }, "status"),
    ],
  },
];
