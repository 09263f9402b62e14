/** What SecureWorkloads declare, and whom the platform means by its gateway and its monitoring stack. Pure. */

import { callers as callersSchema } from "../../crds/v1alpha1/callers.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import { type Callers, declaredBy } from "../../learn/declared.ts";
import type { Sighting } from "../place.ts";
import { record } from "../raw.ts";
import type { Declared } from "./model.ts";

/** Throws for one that this version does not accept: nobody knows what it means. */
export function declaredOf({ object, namespace, ref }: Sighting): Declared {
  const parsed = parseSecureWorkload(object);
  if (!parsed.ok) throw new Error(`${parsed.errors[0] ?? "it is not valid"} (palisade check says it all)`);
  const { spec } = parsed.value;
  return {
    ...declaredBy({ ...object, spec }, namespace),
    id: ref,
    exposed: (spec.expose ?? []).map(({ port }) => port),
  };
}

/** Nobody where they are not as this version has them. */
export function callersIn({ object }: Sighting): Callers {
  const parsed = callersSchema.safeParse(record(object["spec"])["callers"]);
  return parsed.success ? (parsed.data as Callers) : {};
}
