import { z } from "zod";
import { listMap, listSet, matches, matchesNot, text, withRules, withTransitions } from "../schema.ts";
import { claimChanges } from "./claim-changes.ts";
import { PATH, RESERVED_PATH } from "./container.ts";
import { labelName, subdomainName } from "./names.ts";
import { claimNearMisses } from "./near-misses.ts";
import { memorySize } from "./quantities.ts";

const LABEL_PATTERN = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
/** The names that the volumes of scratch, files, shared memory and the token have. */
const OWN_VOLUMES = "^(c[0-9]+-)?(scratch|files|shared|api)-";

/** What the kubelet mounts below these needs a directory, which it cannot make in a read-only claim. */
const HOLDS_MOUNTS = "^/(var|run|var/run)$";

const readOnlyPlace = {
  rule: `!has(self.readOnly) || !self.readOnly || !self.path.matches('${HOLDS_MOUNTS}')`,
  message: "claims.path must not be /var, /run or /var/run for a claim that is readOnly: use a directory below it",
  holds: ({ path, readOnly }: { readonly path: string; readonly readOnly?: boolean | undefined }) =>
    readOnly !== true || !new RegExp(HOLDS_MOUNTS).test(path),
};

const claimPath = (description: string) =>
  withRules(
    text(255, 2),
    matches(
      PATH,
      "claims.path must be absolute and plain, such as /var/lib/app: no empty, . or .. segment, no trailing slash",
    ),
    matchesNot(
      RESERVED_PATH,
      "claims.path must not cover /proc, /sys, /dev, the mounted secrets, /etc itself or what in it decides names, users and trust (/etc/passwd, /etc/ssl and the like)",
    ),
  ).meta({ description });

/** A plain one: an expression could name another directory in each pod. */
const subPath = withRules(
  text(255, 1),
  matches(
    "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
    "claims.subPath must be relative and plain, such as data or mysql/data: no . or .. segment, no variable",
  ),
)
  .optional()
  .meta({ description: "Directory of the volume to mount, made where it is missing. The whole volume by default." });

export const claims = listMap(
  withTransitions(
    withRules(
      z.strictObject({
        name: withRules(
          text(50, 1),
          matches(
            LABEL_PATTERN,
            "claims.name must have only lower-case letters, digits and hyphens, and start with a letter",
          ),
          matchesNot(
            OWN_VOLUMES,
            "claims.name must not look like one of Palisade's volumes (scratch-0, files-0, shared-…): use another name",
          ),
        ).meta({ description: "Name of the claim, for other containers of this workload." }),
        path: claimPath("Absolute path of the directory that outlives the pod."),
        size: memorySize(
          "Size of a claim that Palisade makes: one for each pod of a StatefulSet, one for all pods of a Deployment. It may grow where the StorageClass allows, never shrink. Claims outlive the workload.",
        ).optional(),
        existing: subdomainName("Name of an existing PersistentVolumeClaim of this namespace.").optional(),
        storageClass: subdomainName("StorageClass; the cluster's default by default.").optional(),
        accessMode: z
          .enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"])
          .optional()
          .meta({ description: "Access mode. Defaults to ReadWriteOnce." }),
        subPath,
        readOnly: z.boolean().optional().meta({ description: "Mount it read-only." }),
        sharedWith: listSet(labelName("Name of a SecureWorkload of the same namespace."), { min: 1, max: 16 })
          .optional()
          .meta({
            description:
              "Workloads that may mount it too, by `existing`. A claim belongs to the workload that makes it, or named it first.",
          }),
        ...claimNearMisses,
      }),
      {
        rule: "has(self.size) != has(self.existing)",
        message: "a claim needs exactly one of size (a new claim) and existing (an existing claim)",
        holds: ({ size, existing }) => (size === undefined) !== (existing === undefined),
      },
      {
        rule: "!has(self.existing) || (!has(self.storageClass) && !has(self.accessMode))",
        message: "claims.storageClass and claims.accessMode are allowed only with size: an existing claim has its own",
        holds: ({ existing, storageClass, accessMode }) =>
          existing === undefined || (storageClass === undefined && accessMode === undefined),
      },
      readOnlyPlace,
    ),
    ...claimChanges,
  ).meta({ description: "One persistent volume claim." }),
  ["name"],
  { max: 8 },
);

/** A claim of the workload, in a container beside the first. */
export const sharedClaims = listMap(
  withRules(
    z.strictObject({
      name: labelName("Name of one of the workload's claims."),
      path: claimPath("Absolute path in this container."),
      subPath,
      readOnly: z.boolean().optional().meta({ description: "Mount it read-only in this container." }),
    }),
    readOnlyPlace,
  ).meta({ description: "One of the workload's claims to mount in this container." }),
  ["name"],
  { max: 8 },
);
