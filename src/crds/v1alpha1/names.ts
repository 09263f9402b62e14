import { z } from "zod";
import { text } from "../schema.ts";

export const PORT_NAME = /^[a-z]([a-z0-9]|-[a-z0-9])*$/;

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** An RFC 1123 label: what Kubernetes lets a namespace or most objects be called. */
export const labelName = (description: string, max = 63) => text(max, 1).regex(LABEL).meta({ description });

/** An RFC 1123 subdomain: what a Secret or ConfigMap may be called. */
export const subdomainName = (description: string) =>
  text(253, 1)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
    .meta({ description });

/** What a ConfigMap or Secret may call a value: any file name but `.` and those that begin with two dots. */
export const keyName = (description: string) =>
  text(253, 1)
    .regex(/^([-_a-zA-Z0-9]|[.][-_a-zA-Z0-9])[-._a-zA-Z0-9]*$/)
    .meta({ description });

export const portNumber = (description: string) => z.int().min(1).max(65_535).meta({ description });

/** A port by its number, or by the name of one of the declared ports. */
export const portReference = (description: string) =>
  z.union([z.int().min(1).max(65_535), text(15, 1).regex(PORT_NAME)]).meta({ description });

export const protocol = z
  .enum(["TCP", "UDP", "SCTP"])
  .default("TCP")
  .meta({ description: "Transport protocol: TCP, UDP or SCTP. Defaults to TCP." });

/** Of a reference: whether pods may run without what it names. */
export const optional = z.boolean().optional().meta({
  description: "Whether pods run without it while it does not exist. Defaults to false: the rollout waits for it.",
});
