/** Parts of Kubernetes' own objects that the chart's values take, closed as far as typing them helps whoever writes them. */
import { z } from "zod";

const labelKey = z.string().min(1).max(317);

export const labels = z.record(labelKey, z.string().max(63));
export const annotations = z.record(labelKey, z.string());

/** RFC 1123, as names of most objects are. */
export const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
/** The name, or nothing. */
export const optionalName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/);

const quantity = z.union([z.string().regex(/^[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?$/), z.number().positive()]);

type Amounts = Readonly<Record<"cpu" | "memory" | "ephemeral-storage", string>>;

const amounts = z.strictObject({ cpu: quantity, memory: quantity, "ephemeral-storage": quantity });

/** Both halves and all three resources: the baseline has no container without them, so that none can be taken out. */
export const resources = (requests: Amounts, limits: Amounts) =>
  z.strictObject({ requests: amounts, limits: amounts }).prefault({ requests, limits });

export const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal", "Lt", "Gt"]).optional(),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  tolerationSeconds: z.number().int().optional(),
});

const freeForm = z.record(z.string(), z.unknown());

export const labelSelector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: labelKey,
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

export const spreadConstraint = z.strictObject({
  maxSkew: z.number().int().min(1),
  topologyKey: labelKey,
  whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]),
  labelSelector: labelSelector.optional(),
  matchLabelKeys: z.array(labelKey).optional(),
  minDomains: z.number().int().min(1).optional(),
  nodeAffinityPolicy: z.enum(["Honor", "Ignore"]).optional(),
  nodeTaintsPolicy: z.enum(["Honor", "Ignore"]).optional(),
});

export const affinity = z.strictObject({
  nodeAffinity: freeForm.optional(),
  podAffinity: freeForm.optional(),
  podAntiAffinity: freeForm.optional(),
});

export const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/);
export const port = z.number().int().min(1).max(65_535);

/** A peer of a NetworkPolicy; an empty one would be nobody, which is never meant. */
export const networkPeer = z.strictObject({
  podSelector: labelSelector.optional(),
  namespaceSelector: labelSelector.optional(),
  ipBlock: z.strictObject({ cidr, except: z.array(cidr).optional() }).optional(),
});

/** A number of pods, or a part of them. */
export const podCount = z.union([z.number().int().min(0), z.string().regex(/^(100|[0-9]{1,2})%$/)]);
/** `30s`, `1m30s`. */
export const duration = z.string().regex(/^([0-9]+(ms|s|m|h))+$/);
