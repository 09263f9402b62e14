/** Which workload a name of the cluster means, and the ports that it serves. */
import type { Draft } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { isSelectedBy, objectsNamed, objectsOf, type World } from "./world.ts";

export interface Target {
  readonly draft: Draft;
  /** From the number that callers use to that of the pods. */
  readonly ports: ReadonlyMap<number, number>;
}

export type Port = { readonly port: number; readonly servicePort?: number; readonly protocol?: string };

/** `db`, `db.shop`, `db.shop.svc.cluster.local`, `db-0.db`. */
export function targetOf(world: World, from: Draft, host: string): Target | undefined {
  const isQualified = /\.svc(\.|$)/.test(host);
  const [first = "", second, third] = host.replace(/\.svc(\.cluster\.local)?\.?$/, "").split(".");
  const pod = second === undefined ? undefined : /^(.+)-\d+$/.exec(first)?.[1];
  if (third !== undefined && !isQualified && pod === undefined) return undefined;
  const called = (name: string, namespace: string | undefined, qualified = isQualified): Draft | undefined => {
    const own = namespace ?? from.namespace ?? world.namespace;
    const answering = world.drafts.filter((draft) => answersTo(world, draft, name));
    return (
      answering.find((draft) => (draft.namespace ?? world.namespace) === own) ??
      answering.find((draft) => draft.namespace === undefined && (namespace === undefined || qualified))
    );
  };
  const ofPod = pod === undefined || second === undefined ? undefined : called(second, third, true);
  const found = called(first, second) ?? ofPod;
  return found === undefined ? undefined : { draft: found, ports: portsOf(world, found) };
}

/** Whether a StatefulSet calls its own pods, by the name of one or of all. */
export const isAmongPods = (world: World, draft: Draft, host: string): boolean => {
  const [first = ""] = host.split(".");
  const isHeadless = objectsNamed(world, "Service", first).some(
    (service) => service.at("spec", "clusterIP").text() === "None" && isSelectedBy(service, draft),
  );
  return draft.object.at("kind").text() === "StatefulSet" && (isHeadless || /-\d+$/.test(first));
};

/** What a Service that is only a name stands for. */
export function externalName(world: World, draft: Draft, host: string): string | undefined {
  const [name, namespace = draft.namespace] = host.replace(/\.svc(\.cluster\.local)?\.?$/, "").split(".");
  return objectsNamed(world, "Service", name ?? "")
    .find(
      (service) => namespace === undefined || (service.at("metadata", "namespace").text() ?? namespace) === namespace,
    )
    ?.at("spec", "externalName")
    .text()
    ?.toLowerCase();
}

const answersTo = (world: World, draft: Draft, name: string): boolean =>
  draft.name === name ||
  (draft.aliases.has(name) && objectsNamed(world, "Service", name).some((service) => isSelectedBy(service, draft)));

function portsOf(world: World, draft: Draft): ReadonlyMap<number, number> {
  const declared = (draft.spec["ports"] ?? []) as readonly Port[];
  const services = objectsOf(world, "Service").filter((service) => isSelectedBy(service, draft));
  const served = services.flatMap((service) =>
    service
      .at("spec", "ports")
      .items()
      .flatMap((port) => servedBy(draft, port)),
  );
  return new Map([
    ...declared.map(({ port }) => [port, port] as const),
    ...declared.map(({ port, servicePort }) => [servicePort ?? port, port] as const),
    ...served,
  ]);
}

function servedBy(draft: Draft, port: Part): readonly (readonly [number, number])[] {
  const served = port.at("port").number();
  const target = port.at("targetPort");
  const number = target.number() ?? draft.portNames.get(target.text() ?? "") ?? served;
  return served === undefined || number === undefined ? [] : [[served, number]];
}
