/**
 * What each child must be right now, from all that is known. Each is built once for each change of what it is built from, and
 * shared by whoever compares, plans or tells. Reads only; the builders are pure.
 */

import { isDeepStrictEqual } from "node:util";
import { hashOf, type KubeObject, nameOf, type Resource } from "kopf-ts";
import type { ChildKind } from "../expand/child-kinds.ts";
import type { ClusterFacts, ExpandInput } from "../expand/input.ts";
import { resolutionOfRun } from "../expand/job-run.ts";
import { buildDefaultDeny } from "../expand/network-policy.ts";
import { namesPods } from "../expand/pod-peers.ts";
import { replicaRange } from "../expand/replicas.ts";
import { JOB, NETWORK_POLICY } from "../kubernetes/kinds.ts";
import type { Desired } from "../plan/desired.ts";
import type { Exceptions } from "./active-exceptions.ts";
import { buildGrant } from "./break-glass-grant.ts";
import type { Decisions } from "./decisions.ts";
import type { Enrolments } from "./enrolments.ts";
import { scaledByOthers } from "./foreign-scaling.ts";
import type { HandedLabels } from "./handed-labels.ts";
import type { Memory } from "./memory.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import { isHandedOver } from "./records/child.ts";
import type { DesiredMemo } from "./records/memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";
import type { References } from "./references.ts";
import type { ChildrenOf, Rollouts } from "./rollouts.ts";
import type { ServiceNames } from "./service-names.ts";

/** What is put in the place of what is known, to see whether it explains a child that is there. */
export type Assumed = Partial<Pick<ExpandInput, "platform" | "resolved" | "lifted">>;

const NOTHING_ASSUMED: Assumed = {};

/** What a child of one workload must be. */
export type DesiredOf = (kind: ChildKind) => Desired | undefined;

/** Where the inputs of a desired object come from. */
export interface DesiredSources {
  readonly memory: Memory;
  readonly granted: PlatformGrants;
  readonly references: References;
  readonly exceptions: Exceptions;
  readonly decisions: Decisions;
  readonly enrolments: Enrolments;
  readonly rollouts: Rollouts;
  readonly serviceNames: ServiceNames;
  readonly childrenOf: ChildrenOf;
  readonly handedLabels: HandedLabels;
  readonly facts: () => ClusterFacts;
  /** False only for a kind that the API server is known not to serve. */
  readonly isServed: (resource: Resource) => boolean;
}

export class DesiredState {
  readonly #sources: DesiredSources;

  constructor(sources: DesiredSources) {
    this.#sources = sources;
  }

  /**
   * What a child must be right now; undefined when the workload has none of this kind, cannot be expanded yet, or may not be
   * rolled out.
   */
  of(workload: WorkloadRecord, kind: ChildKind, assumed: Assumed = NOTHING_ASSUMED): Desired | undefined {
    return this.#sources.rollouts.isWithheld(workload, kind) ? undefined : this.ifRolledOut(workload, kind, assumed);
  }

  /** As {@link of} for each kind, from one look at what is known: for whoever asks for many and lets nothing happen in between. */
  each(workload: WorkloadRecord): DesiredOf {
    let memo: DesiredMemo | "none" | undefined;
    return (kind) => {
      if (this.#sources.rollouts.isWithheld(workload, kind)) return undefined;
      memo ??= this.#look(workload, NOTHING_ASSUMED) ?? "none";
      return memo === "none" ? undefined : builtOf(memo, kind);
    };
  }

  /** What a child would be if its spec might be rolled out. */
  ifRolledOut(workload: WorkloadRecord, kind: ChildKind, assumed: Assumed = NOTHING_ASSUMED): Desired | undefined {
    const memo = this.#look(workload, assumed);
    return memo === undefined ? undefined : builtOf(memo, kind);
  }

  #look(workload: WorkloadRecord, assumed: Assumed): DesiredMemo | undefined {
    const input = this.#inputOf(workload, assumed);
    return input === undefined ? undefined : this.#memoOf(workload, input, Object.keys(assumed).length > 0);
  }

  /**
   * What the child `live` is held against: as {@link of}, but a run that goes on is held against what the names in its spec stood for when it
   * began. Its digest is that of the desired object all the same.
   */
  against(workload: WorkloadRecord, kind: ChildKind, live: KubeObject): Desired | undefined {
    const desired = this.of(workload, kind);
    const input = desired === undefined || kind.resource !== JOB ? undefined : this.#inputOf(workload, NOTHING_ASSUMED);
    const resolved = input === undefined ? undefined : resolutionOfRun(live, input);
    const asBegun = resolved === undefined ? undefined : this.of(workload, kind, { resolved });
    return desired === undefined || asBegun === undefined ? desired : { ...asBegun, digest: desired.digest };
  }

  /** What was built from an equal input; begun anew where there is none. What is only assumed displaces nothing. */
  #memoOf(workload: WorkloadRecord, input: ExpandInput, isAssumed: boolean): DesiredMemo {
    const memory = this.#sources.memory.of(workload);
    const known = memory.desired;
    const isSame = known !== undefined && isSameInput(known.input, input);
    // The newer of two equal inputs is kept: the next one has more parts that are the very same.
    const memo = { input, built: isSame ? known.built : new Map() };
    if (isSame || !isAssumed) memory.desired = memo;
    return memo;
  }

  /** Every child that the workload must have right now, in the order in which they are created. */
  expanded(workload: WorkloadRecord): readonly KubeObject[] {
    const { serviceNames, isServed } = this.#sources;
    const desiredOf = this.each(workload);
    return serviceNames
      .kindsOf(workload)
      .filter(({ optional, resource }) => optional !== true || isServed(resource))
      .flatMap((kind) => desiredOf(kind)?.object ?? []);
  }

  defaultDeny(namespace: string): Desired {
    return this.#standing(
      buildDefaultDeny(namespace, this.#sources.facts(), this.#sources.enrolments.of(namespace)),
      namespace,
    );
  }

  /** The Role or RoleBinding that lets somebody in, in the namespace of the exception's workload and while it is in force. */
  grant(resource: Resource, namespace: string, exceptionName: string): Desired | undefined {
    const { exceptions } = this.#sources;
    const exception = exceptions.cache.get(exceptionName);
    if (exception === undefined || !exceptions.isActive(exception)) return undefined;
    const object = nameOf(exception.workload).namespace === namespace ? buildGrant(resource, exception) : undefined;
    return object === undefined ? undefined : this.#standing(object, namespace);
  }

  /** Of no workload. What may be written beside it is decided by its namespace all the same. */
  #standing(object: KubeObject, namespace: string): Desired {
    const { toleratedMetadata } = this.#sources.granted.platform(namespace);
    return { object, digest: hashOf([object, toleratedMetadata]), toleratedMetadata };
  }

  #inputOf(workload: WorkloadRecord, assumed: Assumed): ExpandInput | undefined {
    const { granted, decisions, references, exceptions, facts, serviceNames } = this.#sources;
    const { ref } = workload;
    const spec = granted.specOf(workload);
    const identity = decisions.identityOf(workload);
    if (spec === undefined || identity === undefined) return undefined;
    const range = scaledByOthers(workload, spec, this.#sources);
    const withheldNames = serviceNames.withheldFrom(workload);
    return {
      ...(withheldNames.length === 0 ? {} : { withheldNames }),
      ...(range === undefined ? {} : { scaledByOthers: range }),
      ...(this.#isPolicyHandedOver(workload) ? { isPolicyHandedOver: true } : {}),
      ...(this.#sources.enrolments.of(ref.namespace) === "Observing" && namesPods(spec) ? { isObserved: true } : {}),
      workload: this.#sources.handedLabels.refOf(workload),
      spec,
      identity,
      facts: facts(),
      platform: assumed.platform ?? granted.platform(ref.namespace),
      exposed: granted.exposure(workload).exposed,
      resolved: assumed.resolved ?? references.inForce(workload, spec),
      lifted: assumed.lifted ?? exceptions.lifted(workload.key),
    };
  }

  #isPolicyHandedOver({ key }: WorkloadRecord): boolean {
    return isHandedOver(this.#sources.childrenOf(NETWORK_POLICY).get(key));
  }
}

/** Most parts of two equal inputs are the very same; the rest is small. */
function isSameInput(a: ExpandInput, b: ExpandInput): boolean {
  for (const part in a) if (!isSamePart(a, b, part as keyof ExpandInput)) return false;
  for (const part in b) if (!(part in a) && b[part as keyof ExpandInput] !== undefined) return false;
  return true;
}

const isSamePart = (a: ExpandInput, b: ExpandInput, part: keyof ExpandInput): boolean =>
  a[part] === b[part] || isDeepStrictEqual(a[part], b[part]);

function builtOf({ input, built }: DesiredMemo, kind: ChildKind): Desired | undefined {
  if (!built.has(kind)) built.set(kind, build(kind, input));
  return built.get(kind);
}

function build(kind: ChildKind, input: ExpandInput): Desired | undefined {
  const object = kind.build(input);
  if (object === undefined) return undefined;
  const { toleratedMetadata, injections } = input.platform;
  const expectedInjections = kind.role === "controller" ? injections.expected : undefined;
  const replicas = kind.role === "controller" ? (input.scaledByOthers ?? replicaRange(input)) : undefined;
  return {
    object,
    // What may be written beside it decides as well whether a child is in sync.
    digest: hashOf([object, replicas ?? null, toleratedMetadata, expectedInjections ?? null]),
    replicas,
    toleratedMetadata,
    handedAnnotations: input.platform.handedKeys?.annotations,
    expectedInjections,
  };
}
