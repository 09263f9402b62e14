/** What of containers and nodes is unusual, as statuses say it. Facts with their numbers; nothing acts on them. */
import { z } from "zod";
import { dateTime, listAtomic, text } from "../schema.ts";

/** Of a workload's pods. */
export const WORKLOAD_FACTS = {
  Entered: "Somebody is or was inside of a pod: an ephemeral container, or a break-glass exception that let a user in.",
  ImageDiffers: "Pods with the same pinned image report different digests, on nodes of one runtime and architecture.",
  Restarts: "A container restarted, or ended with an exit code other than 0.",
  CPUUneven: "A pod is at its CPU limit in two measurements in a row while the other pods of its workload are idle.",
} as const;

export type WorkloadFact = keyof typeof WORKLOAD_FACTS;

/** Of a node; those that matter most stand first. */
export const NODE_FACTS = {
  KubeletAnswers: "A port of the kubelet or of kube-proxy answers without login.",
  NotReady: "The node is not ready, or its kubelet does not report.",
  UnderPressure: "The node reports a problem, such as memory or disk pressure.",
  KubeletSkewed: "The kubelet is newer than the API server, or more than three minor versions older.",
  KubeletOutOfSupport: "Upstream support of the kubelet's minor version has ended.",
  RuntimeOutOfSupport: "Upstream support of the container runtime's version has ended.",
  StaticPods: "The node runs static pods in namespaces with workloads, which the API cannot control.",
  NoUserNamespaces: "The node's runtime does not run pods in user namespaces.",
} as const;

export type NodeFact = keyof typeof NODE_FACTS;

export const MAX_CONTAINERS = 32;
export const MAX_EXITS = 5;
export const MAX_ENTERED = 16;
export const MAX_IMAGES = 8;
export const MAX_UNEVEN = 8;
const MAX_NODES = 64;
const MAX_DENIALS = 64;
const MAX_UNKNOWN = 8;

const count = (description: string) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ description });
const name = (description: string) => text(253, 1).meta({ description });
const digest = (description: string) => text(135, 1).meta({ description });

const exit = z
  .strictObject({
    code: z.int().min(-2_147_483_648).max(2_147_483_647).meta({ description: "Exit code." }),
    reason: text(64).optional().meta({ description: "Reason that the kubelet gives, such as OOMKilled." }),
    pods: count("Number of pods whose last end this was; 0 if no pod of now says so any more."),
    last: dateTime().meta({ description: "Time of the latest, by the clock of the node." }),
  })
  .meta({ description: "One way in which the container ended." });

const container = z
  .strictObject({
    name: name("Name of the container."),
    restarts: count("Number of restarts, of all pods of now."),
    pods: count("Number of pods in which it restarted or failed."),
    exits: listAtomic(exit, { max: MAX_EXITS }).meta({
      description: "How it ended, the latest first; those of earlier pods stay for a week.",
    }),
  })
  .meta({ description: "One container that restarted or failed." });

export const workloadUnusual = z
  .strictObject({
    containers: listAtomic(container, { max: MAX_CONTAINERS }).optional().meta({
      description: "Containers that restarted or failed, with their exit codes.",
    }),
    entered: listAtomic(
      z
        .strictObject({
          pod: name("Name of the pod."),
          how: z.enum(["EphemeralContainer", "BreakGlass"]).meta({ description: "How somebody came in." }),
          name: name("Name of the ephemeral container, or of the SecurityException."),
          seen: dateTime().meta({ description: "When Palisade saw it first." }),
        })
        .meta({ description: "One pod that somebody entered, or may have entered." }),
      { max: MAX_ENTERED },
    )
      .optional()
      .meta({ description: "Pods that were entered, the latest first. They stay for a day after the pod is gone." }),
    images: listAtomic(
      z
        .strictObject({
          container: name("Name of the container."),
          pinned: digest("Digest that the pod's spec pins."),
          reported: digest("Digest that the nodes report for it."),
          pods: count("Number of pods with this report."),
          others: count("Number of pods on the same runtime and architecture that report another digest."),
        })
        .meta({ description: "One report that differs from that of other pods." }),
      { max: MAX_IMAGES },
    )
      .optional()
      .meta({ description: "Image digests that differ from the pinned one while other pods report another." }),
    cpu: listAtomic(
      z
        .strictObject({
          pod: name("Name of the pod."),
          millicores: count("What it used."),
          limit: count("Its limit, in millicores."),
          others: count("Median of what the other pods used, in millicores."),
        })
        .meta({ description: "One pod at its limit." }),
      { max: MAX_UNEVEN },
    )
      .optional()
      .meta({ description: "Pods at their CPU limit in two measurements in a row while the others are idle." }),
  })
  .meta({
    description:
      "What of the pods is unusual: facts with their numbers, on which nothing acts. Written at most every five minutes.",
  });

export const clusterUnusual = z
  .strictObject({
    nodes: listAtomic(
      z
        .strictObject({
          name: name("Name of the node."),
          fact: z.enum(Object.keys(NODE_FACTS) as [NodeFact, ...NodeFact[]]).meta({ description: "The kind of fact." }),
          detail: text(256).meta({ description: "What was found." }),
        })
        .meta({ description: "One fact about one node." }),
      { max: MAX_NODES },
    )
      .optional()
      .meta({ description: "Facts about nodes, those that matter most first." }),
    denials: listAtomic(
      z
        .strictObject({
          policy: name("Name of the ValidatingAdmissionPolicy."),
          count: count("Refused requests since the API servers started, of those that were asked."),
        })
        .meta({ description: "One policy." }),
      { max: MAX_DENIALS },
    )
      .optional()
      .meta({ description: "Requests that the policies of Palisade refused." }),
    kubelets: z
      .strictObject({
        tried: count("Number of nodes whose ports answered or refused."),
        unreached: count("Number of nodes of which nothing is known: nobody answered, or they were not tried yet."),
      })
      .optional()
      .meta({ description: "How many kubelets were tried without login." }),
    unknown: listAtomic(text(256, 1).meta({ description: "What, and why." }), { max: MAX_UNKNOWN })
      .optional()
      .meta({ description: "What could not be read. It does not count as clean." }),
  })
  .meta({ description: "What of the nodes and of requests is unusual: facts, on which nothing acts." });

export type WorkloadUnusual = z.output<typeof workloadUnusual>;
export type ClusterUnusual = z.output<typeof clusterUnusual>;
