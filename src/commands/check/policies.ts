import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "kopf-ts";
import { podBaseline } from "../../admission/pod-baseline.ts";
import { admissionObjects } from "../../admission/policy.ts";
import { VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING } from "../../kubernetes/kinds.ts";
import { guardsFor } from "../../reconcilers/admission/policies.ts";
import { no, type Question, yes } from "./finding.ts";

const SHOWN = 5;

/** Verifies that every admission policy and binding of this installation exists unchanged. */
export const policiesStand: Question = async ({ client, installation }) => {
  const wanted = [...guardsFor(installation), ...podBaseline(installation)].flatMap(admissionObjects);
  const kinds = [VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING];
  const lists = await Promise.all(kinds.map((resource) => client.list(resource)));
  const problems = policyProblems(
    wanted,
    lists.flatMap(({ items }, index) => items.map((item) => ({ ...item, kind: kinds[index]?.kind ?? "" }))),
  );
  if (problems.length === 0) return yes(`all ${wanted.length} policies and bindings exist unchanged`);
  const more = problems.length > SHOWN ? ` and ${problems.length - SHOWN} more` : "";
  return no(
    `${problems.slice(0, SHOWN).join(", ")}${more}: the policy controller should restore them; run kubectl logs deployment/palisade-admission`,
  );
};

/** Objects of `wanted` that are missing from `live` or differ. Both have kinds. */
export function policyProblems(wanted: readonly KubeObject[], live: readonly KubeObject[]): readonly string[] {
  const byKey = new Map(live.map((object) => [keyOf(object), object]));
  return wanted.flatMap((object) => {
    const found = byKey.get(keyOf(object));
    if (found === undefined) return [`${keyOf(object)} is missing`];
    return isDeepStrictEqual(found["spec"], object["spec"]) ? [] : [`${keyOf(object)} was modified`];
  });
}

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
