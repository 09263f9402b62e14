/** `make life`: ten minutes of ordinary life under the policies and the operator. Nothing of it may be refused or undone. */
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { live } from "./ordinary-life.ts";
import { Theatre } from "./theatre.ts";

const MINUTES = Number(process.env["MINUTES"] ?? "10");
const say = (text: string): void => console.log(text);

const theatre = await Theatre.open({ admission: ADMISSION_POLICIES, log: say });
try {
  await theatre.untilGuarded();
  const lived = await live(theatre, { durationMs: MINUTES * 60_000, onRound: (round) => say(`round ${round}`) });
  for (const line of [...lived.refused, ...lived.undone]) say(`  ${line}`);
  say(`${lived.rounds} rounds in ${MINUTES} min: ${lived.refused.length} refused, ${lived.undone.length} undone`);
  process.exitCode = lived.refused.length + lived.undone.length === 0 ? 0 : 1;
} finally {
  await theatre.close();
}
