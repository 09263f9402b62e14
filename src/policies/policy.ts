/**
 * The baseline, one rule a value. A rule has two faces: `harden` writes it into a pod, `check` judges any pod by it.
 * For every rule and every pod, `check(harden(pod))` is empty.
 */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

export type PodSpec = V1PodSpec;
export type Container = V1Container;

export interface Violation {
  readonly policy: string;
  /** Where in the pod spec, for example `containers[name=web].securityContext.privileged`. Never a value. */
  readonly path: string;
  readonly message: string;
}

export interface Policy {
  /** Stable, kebab-case; exceptions and metrics name it. */
  readonly id: string;
  readonly reason: string;
  /** The published controls that ask for it. */
  readonly sources: readonly string[];
  /** Returns a pod that obeys the rule; the argument stays as it is. */
  readonly harden: (pod: PodSpec) => PodSpec;
  readonly check: (pod: PodSpec) => readonly Violation[];
}

/** Every container of a pod with its path: init, ephemeral and ordinary ones alike. */
export function containersOf(pod: PodSpec): readonly { readonly path: string; readonly container: Container }[] {
  const lists = {
    initContainers: pod.initContainers,
    containers: pod.containers,
    ephemeralContainers: pod.ephemeralContainers,
  };
  return Object.entries(lists).flatMap(([list, containers]) =>
    (containers ?? []).map((container) => ({
      path: `${list}[name=${container.name}]`,
      container: container as Container,
    })),
  );
}

/** Applies `change` to every init and ordinary container. */
export function mapContainers(pod: PodSpec, change: (container: Container) => Container): PodSpec {
  return {
    ...pod,
    ...(pod.initContainers === undefined ? {} : { initContainers: pod.initContainers.map(change) }),
    containers: pod.containers.map(change),
  };
}
