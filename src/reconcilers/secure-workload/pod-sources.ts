/** Which workloads a pod, what makes pods, or what leads to pods concerns when it comes or changes. */
import { nameOf } from "../../kopf/object.ts";
import { from, type Source } from "../../kopf/operator.ts";
import { posesAs } from "../foreign-maker.ts";
import { claimsOf } from "../pod-record.ts";
import type { AnyChildRecord, World } from "../world.ts";
import { servicesOf } from "./foreign-services.ts";
import { endsSoon } from "./live-pods.ts";
import { concernedByPose } from "./posers.ts";
import { SERVICE } from "./resources/kinds.ts";
import { workloadOfHeadless } from "./resources/service.ts";

export function podSources(world: World): readonly Source[] {
  const known = (keys: readonly string[]): readonly string[] =>
    keys.filter((key) => world.workloads.get(key) !== undefined);
  return [
    from(world.pods, ({ new: pod, name }) =>
      pod === undefined || endsSoon(pod) ? [] : known(claimsOf(pod, name.namespace)),
    ),
    from(world.pods, ({ new: pod, name: { namespace = "" } }) =>
      pod === undefined ? [] : concernedByPose(pod, namespace, world),
    ),
    from(world.pods, ({ old, new: pod, name: { namespace = "" } }) =>
      old?.isMirror === true || pod?.isMirror === true ? world.workloads.byIndex("namespace", namespace) : [],
    ),
    // What comes into view may be what a pod was waiting to be compared with.
    ...[world.replicaSets, world.revisions].map((templates) =>
      from(templates, ({ new: template, name }) =>
        template === undefined ? [] : known(posesAs(template, name.namespace)),
      ),
    ),
    from(world.slices, ({ new: slice, name }) => {
      if (slice === undefined) return [];
      const { namespace = "" } = name;
      const pods = slice.addresses.flatMap((address) => world.pods.byIndex("address", `${namespace}/${address}`));
      const behind = pods.flatMap((pod) => world.pods.get(pod)?.workload ?? []);
      return known([slice.service, ...headlessBehind(slice.service), ...behind].map((name) => `${namespace}/${name}`));
    }),
  ];
}

const headlessBehind = (service: string): readonly string[] => {
  const workload = workloadOfHeadless(service);
  return workload === undefined ? [] : [workload];
};

/** The workloads that a foreign object may touch; undefined for a record of another sort. */
export function touchedBy(record: AnyChildRecord, namespace: string, world: World): readonly string[] | undefined {
  switch (record.type) {
    case "foreign-route":
      return record.services.flatMap((service) => [...workloadsBehind(service, world), ...aliasedBy(service, world)]);
    case "foreign-service":
      return record.aliasOf === undefined
        ? world.workloads.byIndex("namespace", namespace)
        : workloadsBehind(record.aliasOf, world);
    case "foreign-budget":
      return world.workloads.byIndex("namespace", namespace);
    case "foreign-maker":
      return posesAs(record, namespace).flatMap((key) =>
        world.workloads.get(key) === undefined ? (world.oldestIn(namespace)?.key ?? []) : key,
      );
    default:
      return undefined;
  }
}

/** The workload whose Service this is by its name. */
function workloadsBehind(service: string, world: World): readonly string[] {
  const { namespace = "", name } = nameOf(service);
  const candidates = [name, ...headlessBehind(name)].map((workload) => `${namespace}/${workload}`);
  return candidates.filter((key) => {
    const workload = world.workloads.get(key);
    return workload !== undefined && servicesOf(workload).includes(service);
  });
}

/** A route may lead to another name of the Service. */
function aliasedBy(service: string, world: World): readonly string[] {
  const record = world.childrenOf(SERVICE).get(service);
  return record?.type === "foreign-service" && record.aliasOf !== undefined
    ? workloadsBehind(record.aliasOf, world)
    : [];
}
