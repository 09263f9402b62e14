/**
 * What a sealed namespace holds all the same: made between the last inventory and the moment in which every API server enforced the seal, or while the
 * policies were away. It is told of and left alone; what opens, exposes or imitates a workload is the detectors' to find.
 */
import type { NamespaceMemory } from "../../state/records/memory.ts";
import type { Foreign } from "../../state/records/namespace.ts";
import { unwatchedIn } from "../../state/unwatched-kinds.ts";
import type { Deps } from "../deps.ts";
import { takeInventory } from "./inventory.ts";

/** After this the seal is enforced wherever requests come in, and what a workload that went has left is collected. */
const SETTLES_MS = 5_000;
const AGAIN_MS = 300_000;
/** With many namespaces rarely enough for one a second. */
const PER_NAMESPACE_MS = 1_000;

type SealedInventory = NonNullable<NamespaceMemory["sealedInventory"]>;

const NOTHING: Foreign = { makers: [], others: [] };

/** Of a namespace that is sealed only now: it was just looked through, and is again once the seal is enforced. */
export const nothingYet = (nowMs: number): SealedInventory => ({
  seen: NOTHING,
  found: NOTHING,
  dueMs: nowMs + SETTLES_MS,
});

type InventoryDeps = Pick<Deps, "client" | "state" | "clock" | "logger">;

/**
 * The last inventory of a sealed namespace, taken again where that is due: at once where none is known, as after a restart. Found is what is seen twice:
 * children of a workload that just went are nobody's until the garbage collector has come by.
 */
export async function lookAgain(namespace: string, deps: InventoryDeps, signal: AbortSignal): Promise<SealedInventory> {
  const { state, clock, logger } = deps;
  const memory = state.memory.ofNamespace(namespace);
  const known = memory.sealedInventory;
  if (known !== undefined && known.dueMs > clock.monotonicMs()) return known;
  const { makers, others } = await takeInventory(namespace, deps, signal);
  const seen = { makers, others: [...others, ...(await unwatchedIn(namespace, deps, signal))] };
  const found = known === undefined ? seen : bothIn(seen, known.seen);
  if (!isSame(found, known?.found ?? NOTHING))
    logger.warn({ namespace, ...found }, "foreign objects in a sealed namespace");
  const pauseMs = isSame(seen, known?.seen ?? NOTHING)
    ? Math.max(AGAIN_MS, state.enrolled().length * PER_NAMESPACE_MS)
    : SETTLES_MS;
  memory.sealedInventory = { seen, found, dueMs: clock.monotonicMs() + pauseMs };
  return memory.sealedInventory;
}

const isSame = (a: Foreign, b: Foreign): boolean => JSON.stringify(a) === JSON.stringify(b);

const bothIn = (now: Foreign, before: Foreign): Foreign => ({
  makers: now.makers.filter((one) => before.makers.includes(one)),
  others: now.others.filter((one) => before.others.includes(one)),
});
