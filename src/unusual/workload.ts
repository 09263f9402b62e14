/** The facts about one workload, put together, and in words. Pure. */
import type { WorkloadFact, WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";

/** Undefined where there is nothing to say. */
export function unusualOf(parts: Required<WorkloadUnusual>): WorkloadUnusual | undefined {
  const said = Object.entries(parts).filter(([, list]) => (list ?? []).length > 0);
  return said.length === 0 ? undefined : (Object.fromEntries(said) as WorkloadUnusual);
}

export function factsIn({ containers, entered, images, cpu }: WorkloadUnusual = {}): readonly WorkloadFact[] {
  const lists: Readonly<Record<WorkloadFact, readonly unknown[] | undefined>> = {
    Entered: entered,
    ImageDiffers: images,
    Restarts: containers,
    CPUUneven: cpu,
  };
  return (Object.keys(lists) as WorkloadFact[]).filter((fact) => (lists[fact]?.length ?? 0) > 0);
}

/** One line a fact, for people. */
export function linesOf({ containers = [], entered = [], images = [], cpu = [] }: WorkloadUnusual): readonly string[] {
  return [
    ...entered.map(({ pod, how, name, seen }) => `${pod} ${ENTERED[how](name)}, seen ${seen}`),
    ...images.map(
      ({ container, pinned, reported, pods, others }) =>
        `container ${container} pins ${pinned}; ${pods} pods report ${reported}, ${others} of the same runtime another digest`,
    ),
    ...containers.map(
      ({ name, restarts, exits }) => `container ${name} restarted ${restarts} times${exitWords(exits)}`,
    ),
    ...cpu.map(
      ({ pod, millicores, limit, others }) =>
        `${pod} used ${millicores}m of its ${limit}m CPU while the others used ${others}m`,
    ),
  ];
}

const ENTERED = {
  EphemeralContainer: (name: string) => `has the ephemeral container ${name}`,
  BreakGlass: (name: string) => `was open to the user of SecurityException ${name}`,
} as const;

const exitWords = (exits: NonNullable<WorkloadUnusual["containers"]>[number]["exits"]): string =>
  exits.length === 0
    ? ""
    : `; ended with ${exits.map(({ code, reason, last }) => `${code}${reason === undefined ? "" : ` (${reason})`} at ${last}`).join(", ")}`;
