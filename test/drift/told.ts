/** Where the product says that something is wrong which it does not undo. */
import type { KubeObject } from "kopf-ts";
import { BASELINE_NAME, SECURE_WORKLOAD, SECURITY_BASELINE } from "../../src/crds/group.ts";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import { type Stage, VICTIM } from "./stage.ts";

const EVENT = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true };

type Tells = (stage: Stage) => Promise<string | undefined>;

const conditionOf = (object: KubeObject | undefined, type: string): Condition | undefined =>
  (object?.["status"] as { readonly conditions?: readonly Condition[] } | undefined)?.conditions?.find(
    (condition) => condition.type === type,
  );

export const workloadTells =
  (type: string, status: string, reason?: string): Tells =>
  async ({ admin, namespace }) => {
    const condition = conditionOf(await admin.get(SECURE_WORKLOAD, { namespace, name: VICTIM }), type);
    if (condition?.status !== status || (reason !== undefined && condition.reason !== reason)) return undefined;
    return `condition ${type} of the SecureWorkload`;
  };

export const baselineTells =
  (type: string, status: string): Tells =>
  async ({ admin }) => {
    const condition = conditionOf(await admin.get(SECURITY_BASELINE, { name: BASELINE_NAME }), type);
    return condition?.status === status ? `condition ${type} of the SecurityBaseline` : undefined;
  };

export const eventTells =
  (reason: string): Tells =>
  async ({ admin, namespace }) => {
    const { items } = await admin.list(EVENT, { namespace });
    return items.some((event) => event["reason"] === reason) ? `Event ${reason}` : undefined;
  };
