import { z } from "zod";
import { listMap, listSet } from "../schema.ts";
import { labelName, subdomainName } from "./names.ts";

/** The owner's half of a shared Secret: whoever else names it must be listed here (DRIFT 5). */
export const sharedSecrets = listMap(
  z
    .strictObject({
      name: subdomainName("Name of a Secret that this workload names."),
      with: listSet(labelName("Name of a SecureWorkload of the same namespace."), { min: 1, max: 16 }).meta({
        description: "The workloads that may name it too.",
      }),
    })
    .meta({ description: "One Secret and whom it is shared with." }),
  ["name"],
  { max: 16 },
);
