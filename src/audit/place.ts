/** Where evidence stands: a file and a line where there is one, else the object alone. Pure. */
import type { Manifest, Step } from "../manifests/parse.ts";

export interface Place {
  /** `Kind/namespace/name`, or `Kind/name` where the kind is of no namespace. */
  readonly object: string;
  /** Empty for an object of a cluster. */
  readonly file: string;
  /** 0 where there is no file. */
  readonly line: number;
  /** Of the field; empty for the whole object. */
  readonly path: string;
}

/** One object with the places in it. */
export interface Sighting {
  readonly object: Manifest["object"];
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `Kind/namespace/name`. */
  readonly ref: string;
  readonly at: (...path: readonly Step[]) => Place;
}

/** Kinds of no namespace that the audit knows. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "Namespace",
  "Node",
  "PersistentVolume",
  "GatewayClass",
  "IngressClass",
  "CustomResourceDefinition",
  "SecurityBaseline",
  "SecurityException",
  "CiliumClusterwideNetworkPolicy",
  "GlobalNetworkPolicy",
  "GlobalNetworkSet",
  "Tier",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
]);

/** `fallback` is the namespace of an object that names none. */
export function sightingOf({ object, file, lineOf }: Manifest, fallback: string): Sighting {
  const kind = object.kind ?? "";
  const { name = object.metadata.generateName ?? "" } = object.metadata;
  const namespace = CLUSTER_SCOPED.has(kind) ? "" : object.metadata.namespace || fallback;
  const ref = namespace === "" ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
  return {
    object,
    kind,
    namespace,
    name,
    ref,
    at: (...path) => ({ object: ref, file, line: file === "" ? 0 : lineOf(path), path: pathText(path) }),
  };
}

const pathText = (path: readonly Step[]): string =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );

/** `dashboard.yaml:122`, or the object where there is no file. */
export const placeText = ({ file, line, object }: Place): string => (file === "" ? object : `${file}:${line}`);
