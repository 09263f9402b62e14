import { variableCredentials } from "../facts/credentials.ts";
import { type Raw, record, records, text } from "../raw.ts";
import { podEdge } from "./pod-edge.ts";

/** Of a program that asks nobody for a login they are as good as open; of any other they are what it is for. */
export const mountsSecrets = podEdge(
  {
    id: "mounts-secrets",
    title: "Secrets of the pod",
    reason: "Whoever runs code in a pod reads the Secrets it mounts and has in variables.",
    fix: "Give the program its own login, and only the Secrets that it needs.",
    palisade: "a Secret belongs to the one workload that names it",
    attack: ["T1552"],
    cis: ["5.4.1"],
    cost: 9,
  },
  "secrets",
  ({ volumes, containers }) => [
    ...volumes.flatMap(({ raw, place, mounts }) =>
      mounts.length > 0 && secretsIn(raw).length > 0 ? [{ words: said(secretsIn(raw)), cut: CUT, place }] : [],
    ),
    ...containers.flatMap(({ raw, at }) =>
      records(raw["envFrom"]).flatMap((one, index) => {
        const name = text(record(one["secretRef"])["name"]);
        return name === undefined ? [] : [{ words: said([name]), cut: CUT, place: at("envFrom", index) }];
      }),
    ),
    ...containers.flatMap(({ variables }) =>
      [...variables.values()]
        .filter(({ isSecret }) => isSecret)
        .slice(0, 1)
        .map(({ place }) => ({ words: "Secrets in variables", cut: CUT, place })),
    ),
    ...containers.flatMap((container) =>
      variableCredentials(container).map(({ name, place }) => ({ words: `variable ${name}`, cut: CUT, place })),
    ),
  ],
  true,
);

const CUT = "ask for a login before the program";

const said = (names: readonly string[]): string => `Secret ${names.join(", ")}`;

function secretsIn(volume: Raw): readonly string[] {
  const single = text(record(volume["secret"])["secretName"]);
  const projected = records(record(volume["projected"])["sources"]).flatMap(
    (source) => text(record(source["secret"])["name"]) ?? [],
  );
  return single === undefined ? projected : [single, ...projected];
}
