/** Where an object says what pods it makes. Pure. */
import type { Step } from "../../manifests/parse.ts";
import type { PodSpec } from "../../policies/index.ts";
import type { Sighting } from "../place.ts";
import { labelsIn, type Raw, record, records, text } from "../raw.ts";

export interface PodSource {
  /** As `Kind/namespace/name`; of a pod with a controller that one, since a pod's own name is new each time. */
  readonly id: string;
  /** What may have made it: where one of these is read too, that one tells of both. */
  readonly makers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  readonly raw: Raw;
  /** The path of `spec`. */
  readonly path: readonly Step[];
}

const TEMPLATE_PATHS: readonly (readonly string[])[] = [
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
  ["template"],
];

const KINDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Where a kind of Kubernetes has its pod; undefined for one that makes none. */
export const templatePath = (kind: string): readonly string[] | undefined =>
  Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;

/** Children of these are told of by the SecureWorkload, which no rule of the audit finds fault with. */
const OWN_GROUP = /^palisade\.dev\//;

/** Undefined for an object that makes no pods. Kinds that nobody here knows count, where they hold a pod template. */
export function podSourceOf(sighting: Sighting): PodSource | undefined {
  const { object, kind, ref } = sighting;
  if (OWN_GROUP.test(object.apiVersion ?? "")) return undefined;
  const path = kind === "Pod" ? [] : TEMPLATE_PATHS.find((one) => hasContainers(at(object, one)));
  if (path === undefined) return undefined;
  const template = at(object, path);
  if (!hasContainers(template)) return undefined;
  const metadata = record(template["metadata"]);
  const makers = makersOf(sighting);
  return {
    id: kind === "Pod" ? (makers[1] ?? makers[0] ?? ref) : ref,
    makers,
    labels: labelsIn(metadata["labels"]),
    annotations: labelsIn(metadata["annotations"]),
    // A manifest may hold anything here; whatever the rules cannot judge is told as unread.
    spec: template["spec"] as PodSpec,
    raw: record(template["spec"]),
    path: [...path, "spec"],
  };
}

const at = (object: unknown, path: readonly string[]): Raw =>
  path.reduce<Raw>((value, step) => record(value[step]), record(object));

const hasContainers = (template: Raw): boolean => records(record(template["spec"])["containers"]).length > 0;

/** The controller, and where that is a ReplicaSet, the Deployment or Rollout whose name it begins with. */
export function makersOf({ object, namespace }: Sighting): readonly string[] {
  const owners = records(object.metadata.ownerReferences).filter(
    ({ controller, kind }) => controller === true && kind !== "Node",
  );
  return owners.flatMap((owner) => {
    const [kind, name] = [text(owner["kind"]) ?? "", text(owner["name"]) ?? ""];
    const own = `${kind}/${namespace}/${name}`;
    const deployment = kind === "ReplicaSet" ? name.replace(/-[a-z0-9]+$/, "") : undefined;
    return deployment === undefined
      ? [own]
      : [own, `Deployment/${namespace}/${deployment}`, `Rollout/${namespace}/${deployment}`];
  });
}
