import type { FieldPath } from "./diff.ts";

export const isInTemplate = ([top, field]: FieldPath): boolean =>
  top === "spec" && (field === "template" || field === "jobTemplate");
