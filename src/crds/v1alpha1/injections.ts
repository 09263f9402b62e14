/** What the platform team says about changes of pods and children on their way in. */
import { z } from "zod";
import { listSet, matches, text, withRules } from "../schema.ts";

/** `Report`: pods that carry more than their template run, and their workload says so. `Refuse`: the API server refuses to create them. */
export const INJECTIONS = ["Report", "Refuse"] as const;

export type Injections = (typeof INJECTIONS)[number];

export const injectionsMode = z.enum(INJECTIONS);

const ADDITION = "^((container|env|volume|nodeSelector)/[-A-Za-z0-9_./]*|mount/[-A-Za-z0-9_./]*|[a-z][A-Za-z]*)[*]?$";

export const expectedInjections = listSet(
  withRules(
    text(253, 1),
    matches(
      ADDITION,
      "injections.expected must be container/NAME, env/NAME, volume/NAME, mount/PATH, nodeSelector/KEY or a field such as imagePullPolicy; a star at the end matches any ending, as in env/DD_*",
    ),
  ).meta({ description: "One addition, such as container/istio-proxy, env/DD_* or imagePullPolicy." }),
  { max: 128 },
);
