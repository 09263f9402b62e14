import { all, at, celText, untyped } from "./cel.ts";
import { DEFAULT_LIMITS, DEFAULT_REQUESTS } from "./default-resources.ts";
import { containers, each } from "./places.ts";
import { type Container, policy } from "./policy.ts";
import { isPositiveIn, isPositiveQuantity } from "./positive-quantity.ts";
import { drift, mitre, nsa, owasp } from "./sources.ts";

const KINDS = ["requests", "limits"] as const;
type Kind = (typeof KINDS)[number];
type Amounts = Readonly<Record<string, string>>;

/** What each kind must name. A limit of CPU only slows its own container: the request is what keeps the node's CPU fair. */
const AMOUNTS: Readonly<Record<Kind, readonly string[]>> = {
  requests: ["cpu", "memory", "ephemeral-storage"],
  limits: ["memory", "ephemeral-storage"],
};

/** A limit of 0 is none: the kubelet then sets no bound. */
function missing(kind: Kind, amounts: Amounts | undefined): readonly string[] {
  return AMOUNTS[kind].filter((name) => !isPositiveQuantity(amounts?.[name]));
}

const DEFAULTS: Readonly<Record<Kind, Amounts>> = { requests: DEFAULT_REQUESTS, limits: DEFAULT_LIMITS };

/** A missing limit is the declared request, a missing request the declared limit: neither can contradict what was declared. */
function filled(kind: Kind, amounts: Amounts | undefined, others: Amounts | undefined): Record<string, string> {
  const added = missing(kind, amounts).map((name) => {
    const other = others?.[name];
    return [name, isPositiveQuantity(other) ? other : DEFAULTS[kind][name]];
  });
  return { ...amounts, ...Object.fromEntries(added) };
}

function withResources(container: Container): Container {
  const { requests, limits } = container.resources ?? {};
  return {
    ...container,
    resources: {
      ...container.resources,
      requests: filled("requests", requests, limits),
      limits: filled("limits", limits, requests),
    },
  };
}

const inWords = (kind: Kind): string => AMOUNTS[kind].map((name) => `${DEFAULTS[kind][name]} ${name}`).join(", ");

export const resourceLimits = policy(
  {
    id: "resource-limits",
    demand: "Containers must have requests for CPU, memory and local storage, and limits for memory and local storage.",
    reason:
      "Without them one container can starve the whole node, by accident or to mine coins. CPU is shared by requests.",
    effect: `Fills in missing or zero values: from the declared request or limit, otherwise requests of ${inWords("requests")} and limits of ${inWords("limits")}. A container without any limit gets ${DEFAULT_LIMITS.cpu} cpu too; one that sets only a limit of memory gets none for CPU.`,
    fix: "Set `resources` to what the application needs; limits cannot be switched off.",
    sources: [nsa("Network separation: Resource policies"), owasp("K01"), mitre("T1496"), mitre("T1499"), drift(17)],
    lifted: { gives: "only the limits that `resources` declares; requests stay." },
  },
  each(containers, {
    broken: ({ resources }) =>
      KINDS.flatMap((kind) =>
        missing(kind, resources?.[kind]).map((name) => ({
          path: `resources.${kind}.${name}`,
          message: "must be set to more than 0",
        })),
      ),
    repair: withResources,
    obeys: (container) =>
      all(
        ...KINDS.flatMap((kind) =>
          AMOUNTS[kind].map((name) =>
            isPositiveIn(`${at(untyped(container), "resources", kind)}[?${celText(name)}].orValue('')`),
          ),
        ),
      ),
  }),
);
