import { z } from "zod";

/** `Enforce`: what is due is applied. `Report`: it is told, and nothing but status is written. */
export const ENFORCEMENTS = ["Enforce", "Report"] as const;

export type Enforcement = (typeof ENFORCEMENTS)[number];

export const enforcement = z.enum(ENFORCEMENTS);
