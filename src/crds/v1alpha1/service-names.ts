/** More names for the same pods: what clients already call, and what the members of a StatefulSet call each other by. */
import { z } from "zod";
import { type CelRule, listMap, matches, type TransitionRule, text, withRules } from "../schema.ts";

export const MAX_SERVICE_NAMES = 8;

/** What Kubernetes lets a Service be called (RFC 1035), without the names that Palisade gives. */
const NAME = matches(
  "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
  "serviceNames.name must be lower-case letters, digits and hyphens, starting with a letter: Services are called so",
);
const FREE: CelRule<string> = {
  rule: "!self.startsWith('palisade-') && !self.endsWith('-pods')",
  message:
    "serviceNames.name must not start with palisade- or end with -pods: Palisade gives these names itself, so use another",
  holds: (name) => !name.startsWith("palisade-") && !name.endsWith("-pods"),
};

export const serviceNames = withRules(
  listMap(
    z
      .strictObject({
        name: withRules(text(63, 1), NAME, FREE).meta({
          description:
            "Name of a Service, and no other workload's name. With the workload's own, headless or governs is said of the Service that it has anyway.",
        }),
        headless: z.boolean().optional().meta({
          description:
            "Whether DNS answers with the addresses of the pods instead of one address of the Service. Defaults to false.",
        }),
        governs: z.boolean().optional().meta({
          description:
            "Whether pods of the StatefulSet have their names under it, db-0.db for example, instead of under NAME-pods. It is headless then, and lists pods that are not ready too. Cannot change later. Defaults to false.",
        }),
      })
      .meta({ description: "One more name. It serves every port of the workload." }),
    ["name"],
    { max: MAX_SERVICE_NAMES },
  ),
  {
    rule: "self.filter(s, has(s.governs) && s.governs).size() <= 1",
    message:
      "serviceNames.governs can be true for one name: a StatefulSet has one governing Service, so remove it elsewhere",
    holds: (list) => list.filter(({ governs }) => governs === true).length <= 1,
  },
  {
    rule: "self.all(s, !has(s.headless) || s.headless || !has(s.governs) || !s.governs)",
    message: "serviceNames.headless cannot be false where governs is true: remove headless",
    holds: (list) => list.every(({ headless, governs }) => headless !== false || governs !== true),
  },
);

interface Named {
  readonly type: string;
  readonly ports?: readonly unknown[] | undefined;
  readonly serviceNames?: z.output<typeof serviceNames> | undefined;
}

const GOVERNS = "has(s.governs) && s.governs";

/** Of the whole spec. */
export const serviceNameRules: readonly CelRule<Named>[] = [
  {
    rule: `!has(self.serviceNames) || self.type == 'StatefulSet' || !self.serviceNames.exists(s, ${GOVERNS})`,
    message: "serviceNames.governs is allowed only for type StatefulSet: remove it, or change the type",
    holds: ({ type, serviceNames: names = [] }) =>
      type === "StatefulSet" || names.every(({ governs }) => governs !== true),
  },
  {
    rule: `!has(self.serviceNames) || (has(self.ports) && self.ports.size() > 0) || self.serviceNames.all(s, (has(s.headless) && s.headless) || (${GOVERNS}))`,
    message: "serviceNames needs ports, because a Service without ports leads nowhere: declare ports, or set headless",
    holds: ({ ports = [], serviceNames: names = [] }) =>
      ports.length > 0 || names.every(({ headless, governs }) => headless === true || governs === true),
  },
];

const governing = (spec: string): string =>
  `(has(${spec}.serviceNames) ? ${spec}.serviceNames.filter(s, ${GOVERNS}).map(s, s.name) : [])`;

/** The API server refuses another `serviceName`, and pods that ran under two names at once would not find each other. */
export const serviceNameChanges: readonly TransitionRule[] = [
  {
    rule: `self.type != 'StatefulSet' || oldSelf.type != 'StatefulSet' || ${governing("self")} == ${governing("oldSelf")}`,
    message:
      "serviceNames.governs cannot change while the StatefulSet is there, because its pods have their names under the governing Service: add the new name without governs, or delete the workload, which keeps its claims, and create it again",
  },
];
