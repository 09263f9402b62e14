/** Snapshots of persistent volume claims: whoever has one makes a claim of his own from it, and reads what it holds. */
import type { Installation } from "../installation.ts";
import { all, any, celText } from "../policies/cel.ts";
import { CLAIMS, isHeld, MANAGES } from "./claims.ts";
import { IN_ENROLLED } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

const SNAPSHOTS = "snapshot.storage.k8s.io";
const GROUP_SNAPSHOTS = "groupsnapshot.storage.k8s.io";

/** Their contents name a volume by its handle, in every namespace, so this gives no more than they have: tools for backups do. */
const mayCopyVolumes = `authorizer.group(${celText(SNAPSHOTS)}).resource('volumesnapshotcontents').check('create').allowed()`;

const SOURCE = "object.?spec.?source.?persistentVolumeClaimName.orValue('')";
const isGroup = `request.resource.group == ${celText(GROUP_SNAPSHOTS)}`;

export const snapshots = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-snapshots",
  cases: [122],
  about: "Only the platform team, and tools that may copy any volume, may take snapshots of a workload's claims.",
  rules: [
    { apiGroups: [SNAPSHOTS], operations: ["CREATE", "UPDATE"], resources: ["volumesnapshots"] },
    { apiGroups: [GROUP_SNAPSHOTS], operations: ["CREATE", "UPDATE"], resources: ["volumegroupsnapshots"] },
  ],
  conditions: [
    byOthers(installation),
    { name: "another-source", expression: "oldObject == null || object.?spec.?source != oldObject.?spec.?source" },
  ],
  variables: [CLAIMS, MANAGES, { name: "copiesVolumes", expression: mayCopyVolumes }],
  validations: [
    {
      // A group has its claims by their labels, which a policy does not see: where a workload has any, it may be among them.
      expression: any(
        `${isGroup} ? variables.claims == '' : !(${all(`${SOURCE} != ''`, isHeld(SOURCE))})`,
        "variables.copiesVolumes",
        "variables.manages",
      ),
      message:
        "This would copy the data of a SecureWorkload: ask the platform team, or let a backup tool do it that may create volumesnapshotcontents.",
    },
  ],
  bindings: [IN_ENROLLED],
});
