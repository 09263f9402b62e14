/** EndpointSlices made by hand: kube-proxy trusts them, so one can take a Service's traffic or lead to pods that nobody opened (DRIFT 50). */
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { ForeignSliceRecord } from "../foreign-slice.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { servicesOf } from "./foreign-services.ts";
import type { Offender } from "./offenders.ts";
import { ENDPOINT_SLICE, ENDPOINTS, SERVICE } from "./resources/kinds.ts";

export function foreignSlices(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const own = servicesOf(workload).filter((service) => isOwn(service, world));
  const stealing = own.flatMap((service) => world.slices.byIndex("service", service));
  const leading = addressesOf(workload, world).flatMap((address) => world.slices.byIndex("address", address));
  return [...new Set([...stealing, ...leading])].flatMap((key): readonly Offender[] => {
    const record = world.slices.get(key);
    if (record === undefined) return [];
    const why = stealing.includes(key)
      ? "it gives this workload's Service endpoints that are not the workload's"
      : `it leads Service/${record.service} to this workload's pods`;
    const { culprit, seenMs } = record;
    return [{ ...standing(key, record), driftCase: "50", why, culprit, seenMs }];
  });
}

/** A Service that was somebody's before the workload has the endpoints that its owner gives it. */
function isOwn(service: string, world: World): boolean {
  const record = world.childrenOf(SERVICE).get(service);
  return record?.type === "child" && record.verdict !== "taken" && record.verdict !== "unjudged";
}

const addressesOf = ({ key, ref }: WorkloadRecord, world: World): readonly string[] =>
  world.pods
    .byIndex("workload", key)
    .flatMap((pod) => (world.pods.get(pod)?.ips ?? []).map((ip) => `${ref.namespace}/${ip}`));

/** A mirror goes with what it mirrors, and with nothing else. */
function standing(key: string, { uid, mirrorOf }: ForeignSliceRecord): Pick<Offender, "resource" | "key" | "uid"> {
  if (mirrorOf === undefined) return { resource: ENDPOINT_SLICE, key, uid };
  return { resource: ENDPOINTS, key: keyOf({ ...nameOf(key), name: mirrorOf.name }), uid: mirrorOf.uid };
}
