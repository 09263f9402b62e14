import { z } from "zod";
import { listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { memorySize, PATH, RESERVED_PATH } from "./container.ts";
import { labelName, subdomainName } from "./names.ts";

const LABEL_PATTERN = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
/** The names that the volumes of scratch, files, shared memory and the token have. */
const OWN_VOLUMES = "^(c[0-9]+-)?(scratch|files|shared|api)-";

const claimPath = (description: string) =>
  withRules(
    text(255, 2),
    matches(PATH, "claims.path must be absolute and plain, such as /var/lib/app: no empty, . or .. segment"),
    matchesNot(RESERVED_PATH, "claims.path must not cover /proc, /sys, /dev, /etc or the mounted secrets"),
  ).meta({ description });

export const claims = listMap(
  withRules(
    z.strictObject({
      name: withRules(
        text(50, 1),
        matches(LABEL_PATTERN, "claims.name has lower-case letters, digits and hyphens, and starts with a letter"),
        matchesNot(
          OWN_VOLUMES,
          "claims.name must not be like a volume of Palisade's own (scratch-0, files-0, shared-…): choose another",
        ),
      ).meta({ description: "What the claim is called here, and by other containers of this workload." }),
      path: claimPath("Absolute path of the directory that outlives the pod."),
      size: memorySize("How much each pod of a StatefulSet claims for itself.").optional(),
      existing: subdomainName("Name of a PersistentVolumeClaim of this namespace, for the other types.").optional(),
      storageClass: subdomainName("Its StorageClass; the cluster's default unless set.").optional(),
      accessMode: z
        .enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"])
        .optional()
        .meta({ description: "Who may mount it at once. ReadWriteOnce unless set." }),
      readOnly: z.boolean().optional().meta({ description: "Whether the containers may only read it." }),
    }),
    {
      rule: "has(self.size) != has(self.existing)",
      message: "a claim needs exactly one of size, for each pod's own, and existing, for one that is there",
      holds: ({ size, existing }) => (size === undefined) !== (existing === undefined),
    },
    {
      rule: "!has(self.existing) || (!has(self.storageClass) && !has(self.accessMode))",
      message: "claims.storageClass and claims.accessMode go with size: an existing claim has its own",
      holds: ({ existing, storageClass, accessMode }) =>
        existing === undefined || (storageClass === undefined && accessMode === undefined),
    },
  ).meta({ description: "One persistent volume claim." }),
  ["name"],
  { max: 8 },
);

/** A claim of the workload, in a container beside the first. */
export const sharedClaims = listMap(
  z
    .strictObject({
      name: labelName("Name of one of the workload's claims."),
      path: claimPath("Absolute path in this container."),
      readOnly: z.boolean().optional().meta({ description: "Whether this container may only read it." }),
    })
    .meta({ description: "One claim of the workload, mounted here too." }),
  ["name"],
  { max: 8 },
);
