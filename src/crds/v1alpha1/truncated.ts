/** What a status says of lists that are longer than it holds. */
import { z } from "zod";
import { fitTo } from "../fit.ts";
import { listMap, text } from "../schema.ts";
import { toStructuralSchema } from "../to-crd.ts";

/** At least as many as a status has lists, one within another too. */
const MAX_LISTS = 32;

export const truncated = listMap(
  z
    .strictObject({
      field: text(128, 1).meta({ description: "Path of the list below status." }),
      total: z.int().min(1).max(1_000_000).meta({ description: "Number of items that it would have." }),
    })
    .meta({ description: "One list that holds only its first items." }),
  ["field"],
  { max: MAX_LISTS },
)
  .optional()
  .meta({ description: "Lists that are longer than this status holds, each with its number of items." });

interface Truncatable {
  truncated?: { field: string; total: number }[] | undefined;
}

/** Cuts a status to what its schema holds, and says what was cut. */
export function statusFitter<S extends z.ZodType<Truncatable>>(status: S): (value: z.output<S>) => z.output<S> {
  const schema = toStructuralSchema(status, "status");
  return (value) => {
    const { value: fitted, cut } = fitTo(schema, value);
    return cut.length === 0 ? fitted : { ...fitted, truncated: [...cut] };
  };
}
