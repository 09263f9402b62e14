import { z } from "zod";
import { text } from "../schema.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** An RFC 1123 label: what Kubernetes lets a namespace or most objects be called. */
export const labelName = (description: string) => text(63, 1).regex(LABEL).meta({ description });

/** An RFC 1123 subdomain: what a Secret or ConfigMap may be called. */
export const subdomainName = (description: string) =>
  text(253, 1)
    .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/)
    .meta({ description });

export const portNumber = (description: string) => z.int().min(1).max(65_535).meta({ description });
