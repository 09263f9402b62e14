/** What is kept of an object that makes pods. Pure. */
import { controllerOf, isMirrorPod } from "../../kubernetes/metadata.ts";
import { EDGES } from "../edges/index.ts";
import type { Place, Sighting } from "../place.ts";
import { podBreaches } from "../posture/pod-rules.ts";
import { PRODUCTS } from "../products/index.ts";
import type { Listening } from "../products/product.ts";
import { type Raw, record, records, text } from "../raw.ts";
import { containerOf } from "./container.ts";
import { controlPlaneFlags } from "./control-plane.ts";
import { secretVariables, variableCredentials } from "./credentials.ts";
import { isIdle, type Unjudged } from "./made.ts";
import { miningSigns } from "./mining.ts";
import type { PodSign, Workload } from "./model.ts";
import { type PodSource, podSourceOf } from "./pod-source.ts";
import { CONTAINER_LISTS, type PodView, type SecuredContainer, volumesIn } from "./pod-view.ts";
import type { Settings } from "./settings.ts";
import { claimMountsOf } from "./volumes.ts";

export interface FoundWorkload {
  readonly workload: Unjudged;
  /** Asked where nothing stands for it. Throws where its pod has a shape that no rule can judge. */
  readonly judged: () => Workload["breaches"];
}

/** Undefined for an object that makes no pods. */
export function workloadOf(sighting: Sighting, settings: Settings): FoundWorkload | undefined {
  const source = podSourceOf(sighting);
  if (source === undefined) return undefined;
  const view = viewOf(source, sighting);
  const { raw } = source;
  const accountName = text(raw["serviceAccountName"]) || text(raw["serviceAccount"]) || "default";
  const workload: Unjudged = {
    id: source.id,
    makers: source.makers,
    namespace: sighting.namespace,
    labels: source.labels,
    account: `${sighting.namespace}/${accountName}`,
    ...tokenOf(view, raw),
    hostNetwork: raw["hostNetwork"] === true,
    isControlPlane: isControlPlane(sighting),
    isIdle: isIdle(sighting),
    ports: view.containers.flatMap(({ ports }) => ports),
    listening: view.containers.flatMap((container) => listeningIn(container, settings)),
    signs: EDGES.flatMap(({ id, ofPod }) => (ofPod?.(view) ?? []).map((sign): PodSign => ({ ...sign, edge: id }))),
    credentials: view.containers.flatMap(variableCredentials),
    secretVariables: view.containers.flatMap(secretVariables),
    mining: view.containers.flatMap(miningSigns),
    claimMounts: claimMountsOf(view, record(sighting.object)),
    flags: view.containers.flatMap(controlPlaneFlags),
    place: view.at(),
  };
  return { workload, judged: () => podBreaches(source, view) };
}

function viewOf({ raw, path, annotations }: PodSource, { at, namespace }: Sighting): PodView {
  const inPod: PodView["at"] = (...steps) => at(...path, ...steps);
  const volumes = volumesIn(raw, inPod);
  const configMaps = configMapsIn(raw);
  const containers = CONTAINER_LISTS.flatMap((field) =>
    records(raw[field]).map((container, index): SecuredContainer => {
      const inContainer: PodView["at"] = (...steps) => inPod(field, index, ...steps);
      return {
        ...containerOf({ raw: container, namespace, configMaps, at: inContainer }),
        context: record(container["securityContext"]),
        raw: container,
        at: inContainer,
      };
    }),
  );
  return { namespace, spec: raw, containers, volumes, annotations, at: inPod };
}

function configMapsIn(raw: Raw): readonly string[] {
  const volumes = records(raw["volumes"]).flatMap((volume) => [
    text(record(volume["configMap"])["name"]),
    ...records(record(volume["projected"])["sources"]).map((source) => text(record(source["configMap"])["name"])),
  ]);
  const variables = records(raw["containers"]).flatMap((container) =>
    records(container["envFrom"]).map((one) => text(record(one["configMapRef"])["name"])),
  );
  return [...new Set([...volumes, ...variables].flatMap((name) => name ?? []))];
}

/** The kubelet injects one where neither pod nor account says no; a projected one is asked for by hand. */
function tokenOf({ volumes, at }: PodView, raw: Raw): Pick<Workload, "token" | "tokenPlace"> {
  const projected = volumes.find(({ raw: volume, mounts }) => mounts.length > 0 && holdsToken(volume));
  if (projected !== undefined) return { token: true, tokenPlace: projected.place };
  const said = raw["automountServiceAccountToken"];
  const tokenPlace: Place = at(said === undefined ? "serviceAccountName" : "automountServiceAccountToken");
  return { token: typeof said === "boolean" ? said : "as-account", tokenPlace };
}

/** Tokens for other audiences than the API server's are worth nothing there. */
function holdsToken(volume: Raw): boolean {
  return records(record(volume["projected"])["sources"]).some((source) => {
    const token = source["serviceAccountToken"];
    if (token === undefined) return false;
    const audience = text(record(token)["audience"]);
    return audience === undefined || audience === "" || audience.startsWith("https://kubernetes.default");
  });
}

/** A mirror of what a kubelet runs from a file in the control plane's namespace. The kubelet makes its Node the owner; an annotation alone anybody writes. */
const isControlPlane = ({ object, namespace, kind }: Sighting): boolean =>
  kind === "Pod" && namespace === "kube-system" && isMirrorPod(object) && controllerOf(object)?.kind === "Node";

/** Asked when everything was read: a setting may stand in a ConfigMap that comes later. */
function listeningIn(container: SecuredContainer, settings: Settings): readonly (() => readonly Listening[])[] {
  const found = PRODUCTS.find(({ isRun }) => isRun(container));
  return found === undefined ? [] : [() => found.listens(container, settings)];
}
