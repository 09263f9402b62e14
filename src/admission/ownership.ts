/**
 * What is ours, as far as the API server can see it: `isOurs` of `expand/ownership.ts` in CEL, read from the same table of child kinds. The
 * API server sees the reference, the kind and both names. It does not see whether a workload of that uid lives, and match conditions see no
 * namespace, so not its list of workloads either. What only claims to be ours is safe all the same: whatever refers to an owner of our group is
 * guarded by `palisade-owned-objects`, and the garbage collector deletes it when there is no such owner. A Service may have any name here: what a
 * workload calls it stands in its spec.
 */

import type { Resource } from "kopf-ts";
import { GROUP, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { CHILD_KINDS, CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  JOB,
  REPLICA_SET,
  SCALED_OBJECT,
  SERVICE,
  STATEFUL_SET,
} from "../kubernetes/kinds.ts";
import { HEADLESS_SUFFIX } from "../names.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { listAt, mapAt, type Side, SUBRESOURCE } from "./request.ts";

/** A Scale has none of our labels, but its selector does. Only the old object's selector comes from the server. */
export const isScaleOfOurs = `${SUBRESOURCE} == 'scale' && oldObject != null && oldObject.?status.?selector.orValue('').contains(${celText(WORKLOAD_LABEL)})`;

const RESOURCE = "request.resource.group + '/' + request.resource.resource";

const nameAt = (side: Side): string => `${side}.?metadata.?name.orValue('')`;

const isController = "o.?controller.orValue(false)";

/** Whether the object is a child of the SecureWorkload that its controller reference names. */
export const isOurs = (side: Side): string =>
  `${listAt(side, "metadata", "ownerReferences")}.exists(o, ${all(
    isController,
    `o.kind == ${celText(SECURE_WORKLOAD.kind)}`,
    `o.apiVersion.startsWith(${celText(`${GROUP}/`)})`,
    any(
      `${RESOURCE} == ${celText(pathOf(SERVICE))}`,
      ...[...resourcesByName()].map(([name, resources]) => isNamed(side, name, resources)),
    ),
  )})`;

const isNamed = (side: Side, name: string, resources: readonly string[]): string =>
  all(`${RESOURCE} in ${celList(resources)}`, `${nameAt(side)} == ${name}`);

/** The name of a child in CEL, from its owner `o`, with the resources whose children are called so. Services are called as specs say. */
function resourcesByName(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { resource, nameFor } of CHILD_KINDS) {
    if (resource === SERVICE) continue;
    const name = celName(nameFor);
    found.set(name, [...new Set([...(found.get(name) ?? []), pathOf(resource)])]);
  }
  return found;
}

const pathOf = ({ group, plural }: Resource): string => `${group}/${plural}`;

/** No name holds it. */
const PLACEHOLDER = "\n";

/** What stands before and behind the workload's name in a child's. */
function celName(nameFor: (workload: string) => string): string {
  const [prefix = "", suffix = ""] = nameFor(PLACEHOLDER).split(PLACEHOLDER);
  return [prefix, undefined, suffix]
    .filter((part) => part !== "")
    .map((part) => (part === undefined ? "o.name" : celText(part)))
    .join(" + ");
}

/** The characters of a hash that Kubernetes gives what a Deployment makes: digits of a number, each written as one of these. */
const HASH = "[456789bcdf]{6,10}";
/** What Kubernetes puts behind a name to make it unique. */
const UNIQUE = "[2456789bcdfghjklmnpqrstvwxz]{5}";
/** The minute of a run, since 1970. */
const MINUTE = "[0-9]{8,10}";

/** What makes something of its own out of a workload's child, by what may stand behind the workload's name in its own. */
const MAKERS: readonly (readonly [Resource, string])[] = [
  ...CONTROLLER_KINDS.map(({ resource }): readonly [Resource, string] => [
    resource,
    resource === JOB ? `(-${MINUTE})?` : "",
  ]),
  [REPLICA_SET, `-${HASH}`],
  [SERVICE, `(${HEADLESS_SUFFIX})?`],
  [SCALED_OBJECT, ""],
];

const LABEL = (side: Side): string => `${mapAt(side, "metadata", "labels")}[?${celText(WORKLOAD_LABEL)}].orValue('')`;

const isMaker = (side: Side): string =>
  any(
    ...MAKERS.map(([{ group, kind }, suffix]) =>
      all(
        `o.kind == ${celText(kind)}`,
        group === "" ? "o.apiVersion == 'v1'" : `o.apiVersion.startsWith(${celText(`${group}/`)})`,
        suffix === "" ? `o.name == ${LABEL(side)}` : isNameWith("o.name", LABEL(side), suffix),
      ),
    ),
  );

const isNameWith = (name: string, workload: string, suffix: string): string =>
  `${name}.matches('^' + ${workload} + ${celText(`${suffix}$`)})`;

/** Whether the object was made by a child of the workload whose label it carries, as its controller reference tells by kind and name. */
export const isMadeByOurs = (side: Side): string =>
  all(
    `${LABEL(side)} != ''`,
    `${listAt(side, "metadata", "ownerReferences")}.exists(o, ${all(isController, isMaker(side))})`,
  );

/** Whether `name` is the one that a Deployment called `workload` gives its ReplicaSets. Both are CEL. */
export const isReplicaSetNameOf = (name: string, workload: string): string => isNameWith(name, workload, `-${HASH}`);

/** Longer names leave no room for the hash, which Kubernetes cuts. */
const LONG = 46;

/** What stands behind the workload's name in the names of its pods, by its type. */
const POD_SUFFIXES: Readonly<Record<string, string>> = {
  [DEPLOYMENT.kind]: `-${HASH}-${UNIQUE}`,
  [STATEFUL_SET.kind]: "-[0-9]+",
  [DAEMON_SET.kind]: `-${UNIQUE}`,
  [JOB.kind]: `(-[0-9]+)?-${UNIQUE}`,
  [CRON_JOB.kind]: `-${MINUTE}(-[0-9]+)?-${UNIQUE}`,
};

/** Whether `name` is one that a workload of that name and type gives its pods. All are CEL. */
export const isPodNameOf = (name: string, workload: string, type: string): string =>
  any(
    ...Object.entries(POD_SUFFIXES).map(([kind, suffix]) =>
      all(`${type} == ${celText(kind)}`, isNameWith(name, workload, suffix)),
    ),
    all(`${workload}.size() > ${LONG}`, isNameWith(name, workload, "-?[-0-9bcdfghjklmnpqrstvwxz]+")),
  );
