/** Every key a log line of Palisade may carry beside time, level and message. The reference page lists them, and the compiler refuses others. */
import { KOPF_LOG_KEYS } from "../kopf/log-fields.ts";

const OWN_LOG_KEYS = {
  version: "The version of Palisade.",
  server: "The address of the API server.",
  podSecurityVersion: "The version that the Pod Security labels pin.",
  child: "What was changed and put right, as kind/name.",
  fields: "The paths that were changed; never their values.",
  driftCase: "The number in the list of drift cases.",
  manager: "The field manager that wrote the change, where it left a trace.",
  binding: "The binding that gives more than is declared.",
  pod: "A pod, by name.",
  exception: "A SecurityException, by name.",
  workload: "The workload that an exception is for, as namespace/name.",
  lifts: "The rules that an exception lifts.",
  user: "Whom break-glass lets in.",
  requestedBy: "Who asked for an exception.",
  event: "The reason of the Event that says the same.",
} as const;

declare module "../kopf/log-fields.ts" {
  interface LogFields extends Readonly<Partial<Record<keyof typeof OWN_LOG_KEYS, LogValue>>> {}
}

export const LOG_KEYS = { ...KOPF_LOG_KEYS, ...OWN_LOG_KEYS } as const;
