/** A Compose file: each service is a workload, and what it depends on is a destination. */
import type { KubeObject } from "kopf-ts";
import type { Manifest } from "../../manifests/parse.ts";
import { evidenceOf } from "../draft.ts";
import type { Part } from "../ledger.ts";
import type { Edge } from "../peers.ts";
import type { Translation } from "../translation.ts";
import { claimKeys, TOP_KEYS } from "./keys.ts";
import { translateService } from "./service.ts";

export function translateCompose(file: Part): Translation {
  const services = file.at("services").fields();
  const translated = services.map(([name, part]) => ({ name, part, ...translateService(name, part) }));
  claimKeys(file, TOP_KEYS);
  return {
    manifests: translated.flatMap(({ part, controller, service }) =>
      [controller, ...(service === undefined ? [] : [service])].map((object) => manifestAt(part, object)),
    ),
    edges: translated.flatMap(({ name, dependsOn }) =>
      dependsOn.map(
        ({ name: to, part, key }): Edge => ({ from: name, to, evidence: evidenceOf(part, `${key} of ${name}`) }),
      ),
    ),
    decisions: translated.flatMap(({ name, decisions }) => decisions.map((decision) => ({ name, decision }))),
  };
}

/** Its values come from all over the service: the line is the service's. */
export function manifestAt(part: Part, object: object): Manifest {
  const { file, line } = part.place;
  return { object: object as KubeObject, file, lineOf: () => line };
}
