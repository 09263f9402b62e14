/** What a zod schema checks beside its type, sorted into what zod knows by itself and what has a twin for the API server. */
import type { z } from "zod";
import { type JsonSchemaProps, twinOf } from "./schema.ts";
import { UnsupportedSchemaError } from "./unsupported-schema-error.ts";

export interface CheckDef {
  readonly check: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly format?: string;
  readonly pattern?: RegExp;
}

interface CheckedDef {
  readonly check?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDef } }[];
}

export interface Checked {
  /** zod's own. */
  readonly checks: readonly CheckDef[];
  /** The twins' faces to the API server, joined. */
  readonly keywords: JsonSchemaProps;
}

/** Throws {@link UnsupportedSchemaError} for a refinement without a twin. */
export function checksOf(schema: z.ZodType, path: string): Checked {
  const def = schema._zod.def as unknown as CheckedDef;
  const own: CheckDef[] = def.check === undefined ? [] : [def as unknown as CheckDef];
  const checks: CheckDef[] = [...own];
  let keywords: JsonSchemaProps = {};
  for (const check of def.checks ?? []) {
    const twin = twinOf(check);
    if (twin !== undefined) keywords = join(keywords, twin, path);
    else if (check._zod.def.check !== "custom") checks.push(check._zod.def);
    else {
      throw new UnsupportedSchemaError(
        path,
        "a refinement that the API server would not judge",
        "use withRules, which states it in CEL too",
      );
    }
  }
  return { checks, keywords };
}

const RULES = "x-kubernetes-validations";

type Validations = readonly { readonly rule: string; readonly message: string }[];

function join(known: JsonSchemaProps, twin: JsonSchemaProps, path: string): JsonSchemaProps {
  const added = (twin[RULES] ?? []) as Validations;
  for (const { message } of added) {
    if (message.trim() === "" || /[\n\r]/.test(message)) {
      throw new UnsupportedSchemaError(path, "a rule without a message of one line", "say what to write instead");
    }
  }
  const rules = [...((known[RULES] ?? []) as Validations), ...added];
  return { ...known, ...twin, ...(rules.length === 0 ? {} : { [RULES]: rules }) };
}
