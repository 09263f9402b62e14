/** Keeps the admission policies and their bindings as they are: whoever may write them could open everything (DRIFT 74). */

import type { ReconcileContext } from "../../kopf/controller.ts";
import { keyOf } from "../../kopf/object.ts";
import { from, type Source } from "../../kopf/operator.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import type { PassSubject } from "../../kopf/pass.ts";
import type { Resource } from "../../kopf/resource.ts";
import { tell } from "../announce.ts";
import type { Deps } from "../deps.ts";
import { syncTarget } from "../secure-workload/children.ts";
import {
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../secure-workload/resources/kinds.ts";
import type { World } from "../world.ts";
import type { AdmissionState } from "./state.ts";

const KINDS: readonly Resource[] = [VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING];

export function admissionSubject(key: string): PassSubject {
  const [kind = "", name = ""] = key.split("/");
  return { kind, name };
}

/** Keys are kinds and names: `ValidatingAdmissionPolicy/palisade-sealed`. */
export function createAdmissionReconciler(
  deps: Deps,
  state: AdmissionState,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const { kind, name } = admissionSubject(key);
    const resource = KINDS.find((candidate) => candidate.kind === kind);
    const desired = resource === undefined ? undefined : deps.world.desiredAdmission(resource, name);
    if (resource === undefined || desired === undefined) return settled();
    const cache = deps.world.childrenOf(resource);
    const target = {
      resource,
      cache,
      name: { name },
      desired: () => desired,
      missingSinceMs: state.lostSinceMs(key),
      lossCase: "74",
    };
    const { correction, problem } = await syncTarget(target, deps, signal);
    if (correction !== undefined) {
      const uid = cache.uid(keyOf({ name }));
      tell(
        {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: resource.kind,
          metadata: { name, ...(uid === undefined ? {} : { uid }) },
        },
        correction,
        deps,
      );
    }
    state.settle(key, problem?.message, correction);
    return problem === undefined ? settled() : waiting("AdmissionPending", problem.retryAfterMs);
  };
}

export const admissionKeys = (world: World): readonly string[] =>
  world.admissionObjects().map(({ kind, metadata }) => `${kind}/${metadata.name}`);

/** Each object that changes; and all of them at the start, since one that is missing tells of nothing. */
export function admissionSources(world: World, state: AdmissionState): readonly Source[] {
  return KINDS.flatMap((resource) => {
    const cache = world.childrenOf(resource);
    cache.onChange(({ type, key, old }) => {
      if (type === "deleted" && old?.type === "child") state.lost(`${resource.kind}/${key}`);
    });
    return [
      from(cache, ({ key }) => [`${resource.kind}/${key}`]),
      {
        subscribe: (enqueue) => {
          for (const key of admissionKeys(world)) enqueue(key, true);
        },
      },
    ];
  });
}
