/** The keys of Palisade's log lines besides time, level and message. The reference page lists them, and the compiler refuses others. */
import { KOPF_LOG_KEYS, type LogValue } from "kopf-ts";

const OWN_LOG_KEYS = {
  version: "The version of Palisade.",
  server: "The address of the API server.",
  podSecurityVersion: "The version that the Pod Security labels pin.",
  child: "The corrected object, as kind/name.",
  fields: "The changed paths, never their values.",
  driftCase: "The number of the drift case.",
  manager: "The field manager of the change, if known.",
  binding: "The binding that grants more than declared.",
  pod: "A pod, by name.",
  exception: "A SecurityException, by name.",
  workload: "The workload of an exception, as namespace/name.",
  lifts: "The rules that an exception lifts.",
  user: "The user of a break-glass exception.",
  requestedBy: "Who requested an exception.",
  event: "The reason of the matching Event.",
} as const;

declare module "kopf-ts" {
  interface LogFields extends Readonly<Partial<Record<keyof typeof OWN_LOG_KEYS, LogValue>>> {}
}

export const LOG_KEYS = { ...KOPF_LOG_KEYS, ...OWN_LOG_KEYS } as const;
