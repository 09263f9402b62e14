import { z } from "zod";
import { text } from "../schema.ts";

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

export const protocol = z
  .enum(["TCP", "UDP", "SCTP"])
  .default("TCP")
  .meta({ description: "Transport protocol: TCP, UDP or SCTP. TCP unless set." });
