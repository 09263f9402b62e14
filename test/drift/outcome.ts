/** What becomes of an attack: tried once, on one stage. */
import { ApiError } from "kopf-ts";
import { pause } from "../cluster/pause.ts";
import type { Attack } from "./case.ts";
import type { Clients, Stage } from "./stage.ts";

export type Outcome =
  | { readonly kind: "refused"; readonly by: string; readonly message: string }
  | { readonly kind: "undone"; readonly ms: number }
  | { readonly kind: "told"; readonly by: string; readonly ms: number }
  | { readonly kind: "stands" };

/** How long an attack may stand before it counts as standing. */
export const PATIENCE_MS = 15_000;
/** Looked at often for so long, so that the time of a correction is not the pause between two looks. */
const EAGER_MS = 500;
const EAGER_PAUSE_MS = 3;
const PAUSE_MS = 50;

export interface TryOptions {
  /** 0: whatever is accepted stands, as nobody is there to undo it. */
  readonly patienceMs?: number;
  readonly as?: Attack["user"];
}

export async function tryAttack(
  attack: Attack,
  stage: Stage,
  clients: Clients,
  { patienceMs = PATIENCE_MS, as = attack.user }: TryOptions = {},
): Promise<Outcome> {
  await attack.prepare?.(stage);
  try {
    await attack.act(stage, clients.of(as));
  } catch (error) {
    return refusal(error);
  }
  const outcome = await follow(attack, stage, patienceMs);
  if (outcome.kind !== "undone") await attack.restore?.(stage);
  return outcome;
}

async function follow({ stands, told }: Attack, stage: Stage, patienceMs: number): Promise<Outcome> {
  const since = performance.now();
  if (stands === undefined && told === undefined) return { kind: "stands" };
  let ms = 0;
  do {
    if (stands !== undefined && !(await stands(stage))) return { kind: "undone", ms: performance.now() - since };
    const by = await told?.(stage);
    ms = performance.now() - since;
    if (by !== undefined) return { kind: "told", by, ms };
    await pause(ms > EAGER_MS ? PAUSE_MS : EAGER_PAUSE_MS);
  } while (ms < patienceMs);
  return { kind: "stands" };
}

/** Who refused: the admission policy by its name, or what else of the API server. Throws what is no refusal. */
function refusal(error: unknown): Outcome {
  if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500 || error.status === 409) throw error;
  const { message } = error;
  const policy = /ValidatingAdmissionPolicy '([^']+)'/.exec(message)?.[1];
  return { kind: "refused", by: policy ?? refuser(message, error.status), message };
}

function refuser(message: string, status: number): string {
  if (message.includes("violates PodSecurity")) return "Pod Security";
  if (status === 403) return "RBAC";
  return status === 422 ? "API validation" : "API server";
}
