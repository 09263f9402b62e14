import { z } from "zod";
import { listMap, listSet } from "../schema.ts";
import { labelName, subdomainName } from "./names.ts";

/** Who has a Secret in common with this workload: one of the two lists the other (DRIFT 5). */
export const sharedSecrets = listMap(
  z
    .strictObject({
      name: subdomainName("Name of a Secret that this workload names."),
      with: listSet(labelName("Name of a SecureWorkload of the same namespace."), { min: 1, max: 16 }).meta({
        description: "Workloads that use it too.",
      }),
    })
    .meta({ description: "One Secret and the workloads that share it." }),
  ["name"],
  { max: 16 },
);
