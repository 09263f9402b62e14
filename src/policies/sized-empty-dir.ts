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
    demand: "Scratch space has a size.",
    reason: "An emptyDir without one grows until the node's disk or memory is full, and every pod on it suffers.",
    effect: `Gives an emptyDir without a \`sizeLimit\`, or with 0, the ${DEFAULT_SCRATCH_SIZE} that \`scratch\` has unless set.`,
    fix: "Write the size under `scratch`. Beyond it the pod is evicted, and nothing else.",
    sources: [nsa("Network separation: Resource policies"), mitre("T1499"), drift(68)],
  },
  each(volumes, {
    broken: (volume) =>
      findingIf(
        isEmptyDir(volume) && !isPositiveQuantity(volume.emptyDir?.sizeLimit),
        "emptyDir.sizeLimit",
        "must be set, and above 0",
      ),
    repair: (volume) => ({ ...volume, emptyDir: { ...volume.emptyDir, sizeLimit: DEFAULT_SCRATCH_SIZE } }),
    obeys: (volume) =>
      any(
        all(isAbsent(volume, "emptyDir"), `!${hasOnly(volume, ["name"])}`),
        isPositiveIn(textIn(untyped(volume), "emptyDir", "sizeLimit")),
      ),
  }),
);
