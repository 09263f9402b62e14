/** Who the containers run as: the first container's user is the workload's, and another says its own where it differs. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { runAs } from "../../crds/v1alpha1/runs.ts";
import type { Draft } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";

export interface RunAs {
  readonly user: number;
  readonly group?: number;
}

const securityOf = (part: Part, field: string): Part => part.at("securityContext", field);

/** What the container says, or else the pod; `fsGroup` is the group that volumes belong to. Undefined for root, or what the schema refuses. */
export function runAsOf(pod: Part, container: Part): RunAs | undefined {
  const user = [container, pod].map((part) => securityOf(part, "runAsUser").number()).find((one) => one !== undefined);
  if (user === undefined || !takes(runAs, { user })) return undefined;
  const groups = [securityOf(container, "runAsGroup"), securityOf(pod, "runAsGroup"), securityOf(pod, "fsGroup")];
  const group = groups.map((part) => part.number()).find((one) => one !== undefined);
  return group === undefined || group === user || !takes(runAs, { user, group }) ? { user } : { user, group };
}

/** What a container beside the first says; one of Palisade's says it even where it is the same. */
export function ownRunAs(draft: Draft, pod: Part, container: Part): RunAs | undefined {
  const own = runAsOf(pod, container);
  const { user, group = user } = (draft.spec["runAs"] ?? {}) as Partial<RunAs>;
  const isSame = own?.user === user && (own?.group ?? own?.user) === group;
  const isSaid = draft.podLabels[WORKLOAD_LABEL] !== undefined && securityOf(container, "runAsUser").exists;
  return isSame && !isSaid ? undefined : own;
}

/** Of the pod and of each container, with the field that says it. What belongs to root stays a rule's. */
export function claimUsers(draft: Draft, places: readonly (readonly [Part, string])[]): void {
  for (const [part, where] of places) {
    claimId(draft, securityOf(part, "runAsUser"), `${where}runAs.user`);
    claimId(draft, securityOf(part, "runAsGroup"), `${where}runAs.group`);
  }
}

function claimId(draft: Draft, part: Part, field: string): void {
  const id = part.number();
  if (id === undefined || id === 0) return;
  if (takes(runAs, { user: id })) part.keep(field);
  else {
    part.drop("a pod has no more than 65,536 users");
    draft.decisions.push(
      `${field}: was ${id}, and pods have the users 1 to 65535; use a lower one, and change the owner of files that a volume holds`,
    );
  }
}

/** Files of volumes belong to the workload's group. */
export function claimVolumeGroup(draft: Draft, pod: Part): void {
  const { user, group = user } = (draft.spec["runAs"] ?? {}) as Partial<RunAs>;
  const part = securityOf(pod, "fsGroup");
  if (group !== undefined && part.number() === group) part.keep("runAs.group");
}
