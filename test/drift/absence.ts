/** What happens while the operator is away, and how soon it is undone when it is back. */
import { pause } from "../cluster/pause.ts";
import type { Attack, DriftCase } from "./case.ts";
import type { Stage } from "./stage.ts";
import type { Theatre } from "./theatre.ts";

const ATTACKS = 20;
const PATIENCE_MS = 30_000;

/** The first attack of each of so many cases, a stage for each. Milliseconds from the start of the operator until each was undone. */
export async function undoneAfterAbsence(theatre: Theatre, cases: readonly DriftCase[]): Promise<readonly number[]> {
  const attacks = cases
    .flatMap(({ attacks: [first] }) => (first === undefined ? [] : [first]))
    .filter(isUndone)
    .slice(0, ATTACKS);
  await theatre.prepare(attacks.length);
  await theatre.stopOperator();
  const standing: { readonly attack: Attack; readonly stage: Stage }[] = [];
  for (const attack of attacks) {
    const stage = await theatre.take();
    await attack.act(stage, theatre.clients.of(attack.user));
    standing.push({ attack, stage });
  }
  const startedMs = performance.now();
  const starting = theatre.startOperator();
  const times = await Promise.all(
    standing.map(async ({ attack, stage }) => {
      while ((await attack.stands?.(stage)) === true) {
        if (performance.now() - startedMs > PATIENCE_MS) return Number.POSITIVE_INFINITY;
        await pause(20);
      }
      return performance.now() - startedMs;
    }),
  );
  await starting;
  return times;
}

/** What changes one object of the victim's, and nothing beside it. */
const isUndone = ({ stands, told, spoils, onlyGuarded, prepare, user }: Attack): boolean =>
  stands !== undefined &&
  told === undefined &&
  spoils !== true &&
  onlyGuarded !== true &&
  prepare === undefined &&
  user === "alice";
