/** Pods of Windows nodes, where some fields mean nothing and others take their place. Pure. */
import { type Raw, record } from "../raw.ts";

export const isWindows = (spec: Raw): boolean =>
  record(spec["os"])["name"] === "windows" || record(spec["nodeSelector"])["kubernetes.io/os"] === "windows";
