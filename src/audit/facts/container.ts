/** A container as products and signatures look at it. Pure. */
import type { Step } from "../../manifests/parse.ts";
import type { Place } from "../place.ts";
import { type Raw, record, records, scalar, text, texts } from "../raw.ts";

export interface Variable {
  /** Undefined where it comes from a Secret, a ConfigMap or a field. */
  readonly value: string | undefined;
  readonly isSecret: boolean;
  readonly place: Place;
}

export interface ContainerPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
  readonly hostPort: number | undefined;
  readonly place: Place;
}

export interface Flag {
  /** Undefined where it stands alone. */
  readonly value: string | undefined;
  readonly place: Place;
}

export interface Container {
  readonly name: string;
  readonly namespace: string;
  /** As written. */
  readonly image: string;
  /** Without registry, tag and digest: `kubernetesui/dashboard`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** Command and arguments, one text each. */
  readonly words: readonly { readonly text: string; readonly place: Place }[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly ports: readonly ContainerPort[];
  /** Where all keys of a Secret become variables. */
  readonly secretSources: readonly Place[];
  /** ConfigMaps that the pod reads. */
  readonly configMaps: readonly string[];
  readonly place: Place;
}

export interface ContainerSource {
  readonly raw: Raw;
  readonly namespace: string;
  readonly configMaps: readonly string[];
  readonly at: (...path: readonly Step[]) => Place;
}

export function containerOf({ raw, namespace, configMaps, at }: ContainerSource): Container {
  const image = text(raw["image"]) ?? "";
  return {
    name: text(raw["name"]) ?? "",
    namespace,
    image,
    ...imageParts(image),
    words: (["command", "args"] as const).flatMap((field) =>
      texts(raw[field]).map((word, index) => ({ text: word, place: at(field, index) })),
    ),
    variables: new Map(records(raw["env"]).map((one, index) => [text(one["name"]) ?? "", variableOf(one, index, at)])),
    ports: records(raw["ports"]).flatMap((one, index) => portOf(one, at("ports", index))),
    secretSources: records(raw["envFrom"]).flatMap((one, index) => ("secretRef" in one ? [at("envFrom", index)] : [])),
    configMaps,
    place: at("image"),
  };
}

function imageParts(image: string): { readonly repository: string; readonly tag: string | undefined } {
  const [named = ""] = image.split("@");
  const tag = /:([^:/]+)$/.exec(named)?.[1];
  const path = tag === undefined ? named : named.slice(0, -tag.length - 1);
  const slash = path.indexOf("/");
  const host = path.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:]/.test(host) || host === "localhost";
  return { repository: (isRegistry ? path.slice(slash + 1) : path).toLowerCase(), tag };
}

function variableOf(raw: Raw, index: number, at: ContainerSource["at"]): Variable {
  const source = record(raw["valueFrom"]);
  return {
    value: raw["valueFrom"] === undefined ? (scalar(raw["value"]) ?? "") : undefined,
    isSecret: "secretKeyRef" in source,
    place: at("env", index),
  };
}

function portOf(raw: Raw, place: Place): readonly ContainerPort[] {
  const port = Number(raw["containerPort"]);
  if (!Number.isInteger(port)) return [];
  const isLocal = /^(127\.|::1$)/.test(text(raw["hostIP"]) ?? "");
  const hostPort = isLocal ? 0 : Number(raw["hostPort"] ?? 0);
  return [
    {
      name: text(raw["name"]),
      port,
      protocol: text(raw["protocol"]) ?? "TCP",
      hostPort: hostPort > 0 ? hostPort : undefined,
      place,
    },
  ];
}

/** The flag `--name`, with one dash or two, in a word of its own or inside a line for a shell. */
export function flagIn({ words }: Container, name: string): Flag | undefined {
  const pattern = new RegExp(
    `(?:^|[\\s"'])--?${name.replaceAll(".", "\\.")}(?:(=|\\s+)(?:"([^"]*)"|'([^']*)'|(\\S*)))?(?=$|[\\s"'])`,
  );
  for (const [index, { text: word, place }] of words.entries()) {
    const found = pattern.exec(word);
    if (found === null) continue;
    const [, separator, double, single, plain] = found;
    const inside = separator === undefined ? undefined : (double ?? single ?? plain ?? "");
    const next = words[index + 1]?.text;
    const follows = found[0].trim() === word.trim() && next !== undefined && !next.startsWith("-") ? next : undefined;
    return { value: inside ?? follows, place };
  }
  return undefined;
}

const OFF: ReadonlySet<string> = new Set(["false", "0", "no", "off"]);

/** Whether a flag is there and not switched off. */
export const isOn = (flag: Flag | undefined): flag is Flag => flag !== undefined && !OFF.has(flag.value ?? "true");
