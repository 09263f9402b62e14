import { isDeepStrictEqual } from "node:util";
import { guardsOf } from "../../admission/guards.ts";
import { podBaseline } from "../../admission/pod-baseline.ts";
import { admissionObjects } from "../../admission/policy.ts";
import type { KubeObject } from "../../kopf/object.ts";
import {
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../../reconcilers/secure-workload/resources/kinds.ts";
import { no, type Question, yes } from "./finding.ts";

const SHOWN = 5;

/** Every admission policy and binding of this installation is there, and as this version has it. */
export const policiesStand: Question = async ({ client, installation }) => {
  const wanted = [...guardsOf(installation), ...podBaseline(installation)].flatMap(admissionObjects);
  const kinds = [VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING];
  const lists = await Promise.all(kinds.map((resource) => client.list(resource)));
  const problems = policyProblems(
    wanted,
    lists.flatMap(({ items }, index) => items.map((item) => ({ ...item, kind: kinds[index]?.kind ?? "" }))),
  );
  if (problems.length === 0) return yes(`all ${wanted.length} policies and bindings stand`);
  const more = problems.length > SHOWN ? `, and ${problems.length - SHOWN} more` : "";
  return no(
    `${problems.slice(0, SHOWN).join(", ")}${more}: the keeper puts them back; see the logs of the Deployment palisade-admission`,
  );
};

/** What of `wanted` is missing from `live`, or differs. Both name their kinds. */
export function policyProblems(wanted: readonly KubeObject[], live: readonly KubeObject[]): readonly string[] {
  const byKey = new Map(live.map((object) => [keyOf(object), object]));
  return wanted.flatMap((object) => {
    const found = byKey.get(keyOf(object));
    if (found === undefined) return [`${keyOf(object)} is missing`];
    return isDeepStrictEqual(found["spec"], object["spec"]) ? [] : [`${keyOf(object)} was changed`];
  });
}

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
