/** A Compose file: each service is a workload, and what it depends on is a destination. */
import type { KubeObject } from "kopf-ts";
import type { Manifest } from "../../manifests/parse.ts";
import { evidenceOf } from "../draft.ts";
import type { Part } from "../ledger.ts";
import type { Edge } from "../peers.ts";
import type { Translation } from "../translation.ts";
import { claimKeys, TOP_KEYS } from "./keys.ts";
import { isAwaited, type Translated, translateService } from "./service.ts";

export function translateCompose(file: Part): Translation {
  const services = file.at("services").fields();
  const runs = new Set(services.flatMap(([, part]) => awaitedBy(part)));
  const translated = services.map(([name, part]) => ({ name, part, ...translateService(name, part, runs.has(name)) }));
  claimKeys(file, TOP_KEYS);
  return {
    manifests: translated.flatMap((one) =>
      [one.controller, ...servicesOf(one, translated)].map((object) => manifestAt(one.part, object)),
    ),
    edges: translated.flatMap(({ name, dependsOn }) =>
      dependsOn.map(
        ({ name: to, part, key }): Edge => ({ from: name, to, evidence: evidenceOf(part, `${key} of ${name}`) }),
      ),
    ),
    decisions: translated.flatMap(({ name, decisions, claims }) =>
      [...decisions, ...claims.flatMap((claim) => sharedClaim(claim, name, translated))].map((decision) => ({
        name,
        decision,
      })),
    ),
  };
}

type Named = Translated & { readonly name: string; readonly part: Part };

const awaitedBy = (service: Part): readonly string[] =>
  service
    .at("depends_on")
    .fields()
    .flatMap(([name, dependency]) => (isAwaited(dependency) ? [name] : []));

/** Its own, and those of its other names that somebody here uses: in a network of Compose each is an address. */
function namesOf({ name, names }: Named, all: readonly Named[]): readonly string[] {
  const linked = all.flatMap(({ dependsOn }) => dependsOn.filter((one) => one.name === name).map(({ alias }) => alias));
  const others = all.filter((other) => other.name !== name);
  const texts = others.map(({ part }) =>
    JSON.stringify(["environment", "command", "entrypoint"].map((key) => part.at(key).value)),
  );
  const used = [...names, ...linked].filter(
    (alias) => alias !== undefined && texts.some((text) => text.split(/[^\w.-]+/).includes(alias)),
  );
  return [...new Set([name, ...used.filter((alias) => alias !== undefined)])];
}

const servicesOf = (one: Named, all: readonly Named[]) =>
  namesOf(one, all)
    .map(one.serviceCalled)
    .filter((service) => service !== undefined);

/** A volume of Compose is one for all who mount it, and a claim is its workload's. */
function sharedClaim(claim: string, name: string, all: readonly Named[]): readonly string[] {
  const others = all.filter((other) => other.name !== name && other.claims.includes(claim)).map((other) => other.name);
  return others.length === 0
    ? []
    : [
        `claims[${claim}]: ${others.join(", ")} mounted the same volume, and each has a claim of its own now; make one claim, and name it under claims[].existing and sharedWith`,
      ];
}

/** Its values come from all over the service: the line is the service's. */
export function manifestAt(part: Part, object: object): Manifest {
  const { file, line } = part.place;
  return { object: object as KubeObject, file, lineOf: () => line };
}
