/** The whole list, tried in one theatre: each attack once or many times, with a stage that nobody changed. */
import { pause } from "../cluster/pause.ts";
import type { Attack, DriftCase } from "./case.ts";
import { type Outcome, type TryOptions, tryAttack } from "./outcome.ts";
import type { Theatre } from "./theatre.ts";

const SETTLES_MS = 150;

export interface Trial {
  readonly number: number;
  readonly attack: Attack;
  readonly outcomes: readonly Outcome[];
}

export interface MatrixOptions extends TryOptions {
  readonly repeat?: number;
  /** Whether admission policies are there to refuse what would end the run. */
  readonly guarded: boolean;
  /** Only these. */
  readonly includes?: (attack: Attack) => boolean;
  readonly onTrial?: (trial: Trial) => void;
}

export async function runMatrix(
  theatre: Theatre,
  cases: readonly DriftCase[],
  { repeat = 1, guarded, includes = () => true, onTrial, ...options }: MatrixOptions,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const drift of cases) {
    const due = drift.attacks.filter((attack) => (guarded || attack.onlyGuarded !== true) && includes(attack));
    for (const attack of due) {
      // A stage that is spoilt is gone: too few of them, and the same objects would be put right at the bounded rate.
      const times = attack.spoils === true ? 1 : repeat;
      const trial = { number: drift.number, attack, outcomes: await tryTimes(times, theatre, attack, options) };
      trials.push(trial);
      onTrial?.(trial);
    }
  }
  return trials;
}

async function tryTimes(
  times: number,
  theatre: Theatre,
  attack: Attack,
  options: TryOptions,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < times) {
    // What the attack before set in motion, a rollout for example, is not part of what is measured.
    if (times > 1) await pause(SETTLES_MS);
    const outcome = await tryOnce(theatre, attack, options);
    outcomes.push(outcome);
    // Only a correction has a time that is worth measuring again.
    if (outcome.kind !== "undone") break;
  }
  return outcomes;
}

/** On the next stage. It may be used again unless something was left on it. */
export async function tryOnce(theatre: Theatre, attack: Attack, options: TryOptions = {}): Promise<Outcome> {
  const stage = await theatre.take();
  const outcome = await tryAttack(attack, stage, theatre.clients, options);
  const isAsBefore = outcome.kind === "refused" || (attack.spoils !== true && outcome.kind === "undone");
  if (isAsBefore) theatre.giveBack(stage, outcome.kind === "undone" ? "undone" : undefined);
  return outcome;
}

/** The worst of several: what it must be counted as. */
export function worstOf(outcomes: readonly Outcome[]): Outcome["kind"] {
  const order = ["stands", "told", "undone", "refused"] as const;
  return order.find((kind) => outcomes.some((outcome) => outcome.kind === kind)) ?? "stands";
}
