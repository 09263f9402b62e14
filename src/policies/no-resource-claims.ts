import { saysNothing } from "./cel.ts";
import { absent, findingIf, isNothing, omit } from "./clauses.ts";
import { containers, each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noResourceClaims = policy(
  {
    id: "no-resource-claims",
    demand: "Pods must not claim devices.",
    reason: "A claimed device is hardware of the node with a driver in its kernel.",
    effect: "Removes `resourceClaims` and the containers' `resources.claims`.",
    fix: "Request accelerators by name under `placement`.",
    sources: [mitre("T1611"), drift(39)],
  },
  each(wholePod, absent("resourceClaims")),
  each(containers, {
    broken: ({ resources }) => findingIf(!isNothing(resources?.claims), "resources.claims", "must not be set"),
    repair: (container) => ({ ...container, resources: omit(container.resources ?? {}, "claims") }),
    obeys: (container) => saysNothing(container, "resources", "claims"),
  }),
);
