/** Whether a SecureWorkload takes a value: what a field may hold is asked of its schema and said nowhere else. */
import type { z } from "zod";

export const takes = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;
