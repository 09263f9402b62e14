/** The containers beside the first: each as locked down as that one. */
import { z } from "zod";
import { listAtomic, listMap, text, withRules } from "../schema.ts";
import { sharedClaims } from "./claims.ts";
import { env, image, resources, scratch } from "./container.ts";
import { envFrom, files } from "./files.ts";
import { lifecycle } from "./lifecycle.ts";
import { labelName } from "./names.ts";
import { pathRules } from "./path-rules.ts";
import { probes } from "./probes.ts";

const words = (item: string, description: string) =>
  listAtomic(text(8_192).meta({ description: item }), { max: 64 })
    .optional()
    .meta({ description });

/** What every container of a workload can be told, the first as those beside it. */
export const containerFields = {
  image,
  command: words(
    "The program, or one fixed argument of it.",
    "The program and its first arguments, in place of the image's entrypoint, which runs unless set. No shell interprets it.",
  ),
  args: words("One argument.", "Arguments of the program, in place of the image's own, which it gets unless set."),
  env: env.optional().meta({
    description:
      "Environment variables of the container, each with a value or from a key of a Secret or ConfigMap. No variables for Services are set.",
  }),
  envFrom: envFrom.optional().meta({
    description: "Whole ConfigMaps and Secrets as variables. A variable of env wins over one of the same name here.",
  }),
  files: files
    .optional()
    .meta({ description: "Files and directories the container reads: written here, or from ConfigMaps and Secrets." }),
  resources: resources
    .optional()
    .meta({ description: "Processor time and memory. Every container has requests and limits, declared or not." }),
  probes: probes
    .optional()
    .meta({ description: "How the kubelet sees whether the container started, works and is ready." }),
  lifecycle: lifecycle
    .optional()
    .meta({ description: "What the container is told when it starts and before it ends." }),
  scratch: scratch.optional().meta({
    description:
      "Directories the container may write, each of bounded size and empty at every start. The rest of its files are read-only.",
  }),
};

export const CONTAINER_ROLES = ["Init", "Sidecar", "Extra"] as const;

export const containers = listMap(
  withRules(
    z.strictObject({
      name: labelName("Name of the container, unique in the workload."),
      role: z.enum(CONTAINER_ROLES).meta({
        description:
          "When it runs: Init to its end before the others start, in the order given; Sidecar from before the others start until after they end; Extra beside the first container.",
      }),
      ...containerFields,
      claims: sharedClaims
        .optional()
        .meta({ description: "Which of the workload's claims this container mounts too." }),
    }),
    {
      rule: "self.role != 'Init' || (!has(self.probes) && !has(self.lifecycle))",
      message:
        "probes and lifecycle do not fit an Init container, which runs to its end: make it a Sidecar or remove them",
      holds: ({ role, probes: asked, lifecycle: hooks }) =>
        role !== "Init" || (asked === undefined && hooks === undefined),
    },
    ...pathRules,
  ).meta({ description: "One container beside the first, with the same hardening." }),
  ["name"],
  { max: 8 },
);
