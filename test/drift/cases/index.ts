/** Every case of the list, in its order. */
import type { DriftCase } from "../case.ts";
import { ACCOUNT_CASES } from "./accounts.ts";
import { DATA_CASES } from "./data.ts";
import { FOREIGN_BUDGET, NETWORK_CASES } from "./network.ts";
import { OTHER_CASES } from "./otherwise.ts";
import { PLATFORM_CASES } from "./platform.ts";
import { POD_CASES } from "./pods.ts";
import { PROOF_CASES } from "./proofs.ts";
import { ROLLOUT_CASES } from "./rollout.ts";
import { TEMPLATE_CASES } from "./template.ts";
import { TOKEN_CASES, TRUSTED_CASES } from "./token.ts";

const byNumber = new Map<number, DriftCase>();
for (const one of [
  ...TEMPLATE_CASES,
  ...ROLLOUT_CASES,
  ...POD_CASES,
  ...NETWORK_CASES,
  FOREIGN_BUDGET,
  ...ACCOUNT_CASES,
  ...PLATFORM_CASES,
  ...TOKEN_CASES,
  ...TRUSTED_CASES,
  ...DATA_CASES,
  ...PROOF_CASES,
  ...OTHER_CASES,
]) {
  const known = byNumber.get(one.number);
  byNumber.set(one.number, known === undefined ? one : { ...known, attacks: [...known.attacks, ...one.attacks] });
}

export const DRIFT_CASES: readonly DriftCase[] = [...byNumber.values()].sort((a, b) => a.number - b.number);

/** Cases that only admission answers: they leave nothing behind, or nothing that the operator may see or touch. */
export const ADMISSION_ALONE: ReadonlySet<number> = new Set([
  7, 25, 43, 52, 60, 61, 66, 71, 72, 81, 120, 121, 122, 124, 126,
]);
