import { z } from "zod";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** An RFC 1123 label: what Kubernetes lets a namespace or most objects be called. */
export const labelName = (description: string) => z.string().min(1).max(63).regex(LABEL).meta({ description });

/** An RFC 1123 subdomain: what a Secret or ConfigMap may be called. */
export const subdomainName = (description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/)
    .meta({ description });

export const portNumber = (description: string) => z.int().min(1).max(65_535).meta({ description });
