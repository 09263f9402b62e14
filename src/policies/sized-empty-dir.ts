import type { V1Volume } from "@kubernetes/client-node";
import { all, any, hasOnly, isAbsent, textIn, untyped } from "./cel.ts";
import { findingIf } from "./clauses.ts";
import { DEFAULT_SCRATCH_SIZE } from "./default-resources.ts";
import { each, volumes } from "./places.ts";
import { policy } from "./policy.ts";
import { isPositiveIn, isPositiveQuantity } from "./positive-quantity.ts";
import { drift, mitre, nsa } from "./sources.ts";

/** A volume that names no source is one too: the API server makes it an emptyDir. */
const isEmptyDir = (volume: V1Volume): boolean =>
  volume.emptyDir !== undefined || Object.keys(volume).every((field) => field === "name");

export const sizedEmptyDir = policy(
  {
    id: "sized-empty-dir",
    demand: "Scratch space must have a size limit.",
    reason: "An emptyDir without a limit can fill the node's disk or memory, and affects every pod on it.",
    effect: `Sets a missing or zero \`sizeLimit\` of an emptyDir to ${DEFAULT_SCRATCH_SIZE}, the default of \`scratch\`.`,
    fix: "Set the size under `scratch`. A pod that exceeds it is evicted; others are not affected.",
    sources: [nsa("Network separation: Resource policies"), mitre("T1499"), drift(68)],
  },
  each(volumes, {
    broken: (volume) =>
      findingIf(
        isEmptyDir(volume) && !isPositiveQuantity(volume.emptyDir?.sizeLimit),
        "emptyDir.sizeLimit",
        "must be set to more than 0",
      ),
    repair: (volume) => ({ ...volume, emptyDir: { ...volume.emptyDir, sizeLimit: DEFAULT_SCRATCH_SIZE } }),
    obeys: (volume) =>
      any(
        all(isAbsent(volume, "emptyDir"), `!${hasOnly(volume, ["name"])}`),
        isPositiveIn(textIn(untyped(volume), "emptyDir", "sizeLimit")),
      ),
  }),
);
