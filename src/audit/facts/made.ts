/** Workloads, and what they make: that is judged by its template, and by itself where it may do more than the template says. Pure. */

import type { Sighting } from "../place.ts";
import { record, records, text } from "../raw.ts";
import type { Workload } from "./model.ts";

/** Which rules a pod breaks takes the longest to say, and of most pods nobody asks. */
export type Unjudged = Omit<Workload, "breaches">;

export class Workloads {
  readonly #byId = new Map<string, Workload[]>();
  /** Whose template stands for what it made, by what was made. */
  readonly #standIns = new Map<string, string>();

  /** Whoever writes an object writes its owner too: an owner alone proves nothing. */
  add(workload: Unjudged, judged: () => Workload["breaches"]): void {
    const { id, place } = workload;
    const standIn = this.#standInOf(workload);
    if (standIn !== undefined) {
      this.#standIns.set(place.object, standIn.id);
      return;
    }
    const known = this.#byId.get(id) ?? [];
    // Two files may each have an object of one name, and both count; of equal pods of one maker the first does.
    if (!isTemplate(workload) && known.some((one) => covers(one, workload))) return;
    known.push({ ...workload, breaches: judged() });
    this.#byId.set(id, known);
  }

  /** By id; those that a template stands for, whenever it was read, are left out. */
  finish(): ReadonlyMap<string, Workload> {
    const found = new Map<string, Workload>();
    for (const [id, all] of this.#byId)
      for (const one of all.toSorted((a, b) => Number(isTemplate(b)) - Number(isTemplate(a)))) {
        if (this.#isExplained(one)) continue;
        const key = freeKey(found, isTemplate(one) || !found.has(id) ? id : one.place.object);
        found.set(key, { ...one, id: key });
      }
    return found;
  }

  /** Owners that lead in a circle explain nobody. */
  #isExplained(workload: Workload): boolean {
    const passed = new Set<Workload>();
    for (let next = this.#standInOf(workload); next !== undefined; next = this.#standInOf(next)) {
      if (passed.has(next)) return false;
      passed.add(next);
    }
    return passed.size > 0;
  }

  #standInOf(workload: Unjudged): Workload | undefined {
    const { makers, place, isIdle } = workload;
    return makers
      .filter((maker) => maker !== place.object)
      .flatMap((maker) => this.#byId.get(this.#standIns.get(maker) ?? maker) ?? [])
      .find((one) => isTemplate(one) && (isIdle || covers(one, workload)));
  }
}

/** Whether it stands for itself: a pod with a maker is named after that one. */
const isTemplate = ({ id, place }: Unjudged): boolean => id === place.object;

/** Whether a pod gives an attacker nothing that its template does not. Containers that a webhook adds are none of the template's. */
function covers(template: Unjudged, made: Unjudged): boolean {
  const known = new Set(traitsOf(template));
  return (
    made.account === template.account &&
    !(made.token === true && template.token === false) &&
    made.listening.length <= template.listening.length &&
    traitsOf(made).every((trait) => known.has(trait)) &&
    made.claimMounts.every(({ key }) =>
      template.claimMounts.some((one) => (one.isTemplate ? key.startsWith(one.key) : key === one.key)),
    )
  );
}

const traitsOf = ({ signs, mining, ports }: Unjudged): readonly string[] => [
  ...signs.map(({ edge, words }) => `${edge} ${words}`),
  ...mining.map(({ words }) => words),
  ...ports.flatMap(({ hostPort }) => (hostPort === undefined ? [] : [`hostPort ${hostPort}`])),
];

/** Whether it runs nothing any more: a revision that was left, or a run that ended. */
export function isIdle({ object, kind }: Sighting): boolean {
  const [spec, status] = [record(object["spec"]), record(object["status"])];
  if (kind === "ReplicaSet") return spec["replicas"] === 0;
  if (kind === "Pod") return /^(Succeeded|Failed)$/.test(text(status["phase"]) ?? "");
  return records(status["conditions"]).some((one) => /^(Complete|Failed)$/.test(text(one["type"]) ?? ""));
}

/** `Pod/shop/web`, and for a second one of the name `Pod/shop/web (2)`. */
export function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  let free = key;
  for (let number = 2; taken.has(free); number += 1) free = `${key} (${number})`;
  return free;
}
