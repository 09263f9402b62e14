import { all, at, celText, untyped } from "./cel.ts";
import { DEFAULT_LIMITS, DEFAULT_REQUESTS } from "./default-resources.ts";
import { containers, each } from "./places.ts";
import { type Container, policy } from "./policy.ts";
import { isPositiveIn, isPositiveQuantity } from "./positive-quantity.ts";
import { drift, mitre, nsa, owasp } from "./sources.ts";

const KINDS = ["requests", "limits"] as const;
const AMOUNTS = ["cpu", "memory", "ephemeral-storage"] as const;
type Amounts = Readonly<Record<string, string>>;

/** A limit of 0 is none: the kubelet then sets no bound. */
function missing(amounts: Amounts | undefined): readonly (typeof AMOUNTS)[number][] {
  return AMOUNTS.filter((name) => !isPositiveQuantity(amounts?.[name]));
}

/** A missing limit is the declared request, a missing request the declared limit: neither can contradict what was declared. */
function filled(amounts: Amounts | undefined, others: Amounts | undefined, defaults: Amounts): Record<string, string> {
  const added = missing(amounts).map((name) => {
    const other = others?.[name];
    return [name, isPositiveQuantity(other) ? other : defaults[name]];
  });
  return { ...amounts, ...Object.fromEntries(added) };
}

function withResources(container: Container): Container {
  const { requests, limits } = container.resources ?? {};
  return {
    ...container,
    resources: {
      ...container.resources,
      requests: filled(requests, limits, DEFAULT_REQUESTS),
      limits: filled(limits, requests, DEFAULT_LIMITS),
    },
  };
}

const inWords = (amounts: Amounts): string => AMOUNTS.map((name) => `${amounts[name]} ${name}`).join(", ");

export const resourceLimits = policy(
  {
    id: "resource-limits",
    demand: "Every container has requests and limits for processor, memory and local storage.",
    reason: "Without a limit one container starves the whole node, by accident or to mine coins.",
    effect: `Gives a container what it lacks, or has as 0: the other half of what it declares, or else requests of ${inWords(DEFAULT_REQUESTS)} and limits of ${inWords(DEFAULT_LIMITS)}.`,
    fix: "Write what the application needs in `resources`; there is no way to have no limit.",
    sources: [nsa("Network separation: Resource policies"), owasp("K01"), mitre("T1496"), mitre("T1499"), drift(17)],
    lifted: { gives: "limits only where `resources` declares them; requests stay." },
  },
  each(containers, {
    broken: ({ resources }) =>
      KINDS.flatMap((kind) =>
        missing(resources?.[kind]).map((name) => ({
          path: `resources.${kind}.${name}`,
          message: "must be set, and above 0",
        })),
      ),
    repair: withResources,
    obeys: (container) =>
      all(
        ...KINDS.flatMap((kind) =>
          AMOUNTS.map((name) =>
            isPositiveIn(`${at(untyped(container), "resources", kind)}[?${celText(name)}].orValue('')`),
          ),
        ),
      ),
  }),
);
