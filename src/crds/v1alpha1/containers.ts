/** The containers beside the first: each as locked down as that one. */
import { z } from "zod";
import { listAtomic, listMap, matches, refused, text, withRules } from "../schema.ts";
import { sharedClaims } from "./claims.ts";
import { env, image, resources, scratch } from "./container.ts";
import { envFrom, files } from "./files.ts";
import { lifecycle } from "./lifecycle.ts";
import { labelName } from "./names.ts";
import { containerNearMisses } from "./near-misses.ts";
import { pathRules } from "./path-rules.ts";
import { probes } from "./probes.ts";
import { runAs } from "./runs.ts";
import { scratchRules } from "./scratch-rules.ts";

const words = (item: string, description: string) =>
  listAtomic(text(8_192).meta({ description: item }), { max: 64 })
    .optional()
    .meta({ description });

/** What every container of a workload can be told, the first as those beside it. */
export const containerFields = {
  image,
  command: words(
    "The program, or one fixed argument of it.",
    "Program and first arguments instead of the image's entrypoint. No shell interprets it.",
  ),
  args: words("One argument.", "Arguments instead of the image's own."),
  workingDir: withRules(
    text(255, 1),
    matches("^/([A-Za-z0-9._-]+/?)*$", "workingDir must be an absolute path of plain segments, such as /app"),
  )
    .optional()
    .meta({ description: "Directory that the program starts in. The image's own by default." }),
  env: env.optional().meta({
    description:
      "Environment variables, each with a value or a key of a Secret or ConfigMap. Palisade sets no variables for Services.",
  }),
  envFrom: envFrom.optional().meta({
    description: "Whole ConfigMaps and Secrets as variables. A variable of the same name in env takes precedence.",
  }),
  files: files
    .optional()
    .meta({ description: "Files and directories to read, from this spec, ConfigMaps or Secrets." }),
  resources: resources
    .optional()
    .meta({ description: "CPU and memory. Every container has requests and a limit of memory, declared or not." }),
  probes: probes
    .optional()
    .meta({ description: "Probes that tell the kubelet whether the container has started, works and is ready." }),
  lifecycle: lifecycle
    .optional()
    .meta({ description: "Hooks that run after the container starts and before it stops." }),
  scratch: scratch.optional().meta({
    description: "Writable directories with a size limit, empty at every start. All other files are read-only.",
  }),
};

export const CONTAINER_ROLES = ["Init", "Sidecar", "Extra"] as const;

export const containers = listMap(
  withRules(
    z.strictObject({
      name: labelName("Name of the container, unique in the workload."),
      role: z.enum(CONTAINER_ROLES).meta({
        description:
          "Role of the container. Init runs to completion before the others start, in order; Sidecar starts before the others and stops after them; Extra runs beside the main container.",
      }),
      ...containerFields,
      runAs: runAs.optional().meta({
        description: "User of this container, if its image expects another one. By default that of the workload.",
      }),
      ...containerNearMisses,
      ports: refused("list", "ports are the pod's: declare those of every container under spec.ports"),
      restartPolicy: refused(
        "string",
        "restartPolicy of a container does not exist: write role: Sidecar for one that starts first and goes on",
      ),
      claims: sharedClaims.optional().meta({ description: "Claims of the workload to mount in this container." }),
    }),
    {
      rule: "self.role != 'Init' || (!has(self.probes) && !has(self.lifecycle))",
      message: "probes and lifecycle are not allowed in an Init container: use role Sidecar, or remove them",
      holds: ({ role, probes: asked, lifecycle: hooks }) =>
        role !== "Init" || (asked === undefined && hooks === undefined),
    },
    ...pathRules,
    ...scratchRules,
  ).meta({ description: "One additional container, with the same hardening." }),
  ["name"],
  { max: 8 },
);
