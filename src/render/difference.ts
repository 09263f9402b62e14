/** What an apply would change: in the SecureWorkload, in each of its children, and whether its pods restart. Pure. */
import type { KubeObject } from "kopf-ts";
import { expand } from "../expand/child-kinds.ts";
import { isSecretValue } from "../manifests/secret-value.ts";
import { diff, type FieldPath, formatPath } from "../plan/diff.ts";
import type { Readied } from "./input.ts";

export interface FieldChange {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface ChildChange {
  /** `Deployment/web`. */
  readonly child: string;
  readonly change: "created" | "deleted" | "changed";
  readonly fields: readonly string[];
}

export interface WorkloadChange {
  /** `namespace/name`. */
  readonly workload: string;
  readonly change: "created" | "changed" | "unchanged";
  readonly spec: readonly FieldChange[];
  readonly children: readonly ChildChange[];
  /** What becomes of pods that run. */
  readonly pods: "restart" | "stay" | "start";
}

/** `old` is undefined for a workload that does not exist yet. */
export function changeOf(now: Readied, old: Readied | undefined): WorkloadChange {
  const { namespace, name } = now.input.workload;
  const workload = `${namespace}/${name}`;
  const children = childChanges(expand(now.input), old === undefined ? [] : expand(old.input));
  if (old === undefined) return { workload, change: "created", spec: [], children, pods: "start" };
  const spec = specChanges(now.input.spec, old.input.spec);
  const isChanged = spec.length + children.length > 0;
  const pods = children.some(restartsPods) ? "restart" : "stay";
  return { workload, change: isChanged ? "changed" : "unchanged", spec, children, pods };
}

/** From one spec to another, field by field. */
export const specChanges = (now: object, old: object): readonly FieldChange[] =>
  diff(now, old, ["spec"]).map(({ path }) => ({
    path: formatPath(path),
    from: shown(path, valueAt(old, path.slice(1))),
    to: shown(path, valueAt(now, path.slice(1))),
  }));

const HIDDEN = "not shown";

/** Differences end up in logs of pipelines: what is a secret by its name is none there. */
function shown(path: FieldPath, value: unknown): unknown {
  const [, name] = /^\[name=(.*)\]$/.exec(path.at(-2) ?? "") ?? [];
  const isValue = path.at(-1) === "value" && typeof value === "string";
  return isValue && isSecretValue(name ?? "", value) ? HIDDEN : withoutSecrets(value);
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const { name, value: own } = value as { readonly name?: unknown; readonly value?: unknown };
  const inner = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withoutSecrets(field)]));
  return typeof own === "string" && isSecretValue(String(name), own) ? { ...inner, value: HIDDEN } : inner;
}

/** A Job of another template is another run, and a CronJob's next run has it; neither ends what runs. */
const restartsPods = ({ child, change, fields }: ChildChange): boolean =>
  /^(Deployment|StatefulSet|DaemonSet)\//.test(child) &&
  (change === "deleted" || fields.some((path) => path.startsWith("spec.template")));

const displayName = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

function childChanges(now: readonly KubeObject[], old: readonly KubeObject[]): readonly ChildChange[] {
  const before = new Map(old.map((object) => [displayName(object), object]));
  const after = new Set(now.map(displayName));
  const gone = [...before.keys()].filter((child) => !after.has(child));
  return [
    ...now.flatMap((object): readonly ChildChange[] => {
      const child = displayName(object);
      const previous = before.get(child);
      if (previous === undefined) return [{ child, change: "created", fields: [] }];
      const fields = [...new Set(diff(object, previous).map(({ path }) => formatPath(path)))];
      return fields.length === 0 ? [] : [{ child, change: "changed", fields }];
    }),
    ...gone.map((child) => ({ child, change: "deleted" as const, fields: [] })),
  ];
}

/** Of a path as {@link diff} writes it. */
function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((inner, step) => {
    const [, key, wanted] = /^\[(?:(\w+)=)?(.*)\]$/.exec(step) ?? [];
    if (!Array.isArray(inner)) return (inner as Readonly<Record<string, unknown>> | undefined)?.[step];
    return key === undefined
      ? inner[Number(wanted)]
      : inner.find((item: Readonly<Record<string, unknown>>) => item[key] === wanted);
  }, value);
}
