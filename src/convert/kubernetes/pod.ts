/** A pod as a SecureWorkload declares it: the first container, those beside it, and what they share. */
import { type Draft, defined, evidenceOf, set } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { containerOf } from "./container.ts";
import { acceleratorOf } from "./devices.ts";
import { claimFixed, wishedExceptions } from "./fixed.ts";
import type { KeysIn, Mounted, Volumes } from "./mounting.ts";
import { placementOf } from "./placement.ts";
import { claimUsers, claimVolumeGroup, ownRunAs, runAsOf } from "./users.ts";
import { dropUnmounted, mountsOf, volumesIn } from "./volumes.ts";

type Fields = Record<string, unknown>;

const LONGEST_GRACE_SECONDS = 3_600;

/** Fills the draft from a pod's spec; `claimTemplates` are a StatefulSet's. */
export function readPod(draft: Draft, pod: Part, claimTemplates: Part, keysIn: KeysIn): void {
  const volumes = volumesIn(pod, claimTemplates, keysIn);
  const containers = pod.at("containers").items();
  const main = containers.find((one) => one.at("name").text() === draft.name) ?? containers[0];
  if (main === undefined) {
    draft.decisions.push("there is no container");
    return;
  }
  const early = pod.at("initContainers").items();
  readPorts(draft, main, [...containers, ...early.filter(isSidecar)]);
  for (const one of early) one.at("ports").drop("an init container serves nobody");
  const accelerator = acceleratorOf(pod, main);
  readMain(draft, main, volumes);
  const beside = [
    ...pod
      .at("initContainers")
      .items()
      .map((part) => [part, isSidecar(part) ? "Sidecar" : "Init"] as const),
    ...containers.filter((one) => one !== main).map((part) => [part, "Extra"] as const),
  ];
  set(draft, "runAs", runAsOf(pod, main));
  const others = beside.map(([part, role]) => besideOf({ draft, pod, part, role, volumes }));
  set(draft, "containers", others.length === 0 ? undefined : others);
  claimUsers(draft, [[main, ""], ...beside.map(([part]) => [part, whereOf(part)] as const), [pod, ""]]);
  claimVolumeGroup(draft, pod);
  readClaims(draft, volumes, claimTemplates);
  for (const part of [pod, ...containers, ...pod.at("initContainers").items()]) readExceptions(draft, part);
  readGrace(draft, pod.at("terminationGracePeriodSeconds"));
  readPriority(draft, pod.at("priorityClassName"));
  set(draft, "placement", placementOf(draft, pod, accelerator));
  claimFixed(pod, "pod");
  dropUnmounted(volumes);
  for (const list of [
    pod.at("volumes"),
    ...[...containers, ...pod.at("initContainers").items()].map((one) => one.at("volumeMounts")),
  ])
    if (list.items().length === 0) list.keep("nothing is mounted");
}

const isSidecar = (part: Part): boolean => part.at("restartPolicy").text() === "Always";

function readPorts(draft: Draft, main: Part, containers: readonly Part[]): void {
  const ports: Fields[] = [];
  for (const port of containers.flatMap((container) => container.at("ports").items())) readPort(draft, port, ports);
  main.at("ports").keep("ports");
  set(draft, "ports", ports.length === 0 ? undefined : ports);
}

function readPort(draft: Draft, part: Part, ports: Fields[]): void {
  const port = part.at("containerPort").number();
  part.at("hostPort").fix("rule no-host-ports");
  part.at("hostIP").fix("rule no-host-ports");
  if (port === undefined) return;
  part.keep("ports");
  const protocol = part.at("protocol").text() ?? "TCP";
  const called = part.at("name").text();
  const name = freeName(called ?? `${protocol === "TCP" ? "port" : protocol.toLowerCase()}-${port}`, ports);
  draft.portNames.set(called ?? name, port);
  if (ports.some((known) => known["port"] === port && (known["protocol"] ?? "TCP") === protocol)) return;
  ports.push(defined({ name, port, protocol: protocol === "TCP" ? undefined : protocol }));
}

/** A port's name is lower-case, at most fifteen characters, and unique. */
export function freeName(wanted: string, ports: readonly Fields[]): string {
  const plain = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 15)
    .replace(/-$/, "");
  const taken = new Set(ports.map(({ name }) => name));
  for (let count = 0; ; count += 1) {
    const name = count === 0 ? plain || "port" : `${(plain || "port").slice(0, 12)}-${count}`;
    if (!taken.has(name)) return name;
  }
}

function readMain(draft: Draft, main: Part, volumes: Volumes): void {
  for (const [field, value] of Object.entries(containerOf(draft, main, ""))) set(draft, field, value);
  const mounted = mountsOf(draft, main, volumes, "");
  for (const [field, value] of Object.entries(mountFields(mounted))) set(draft, field, value);
  set(draft, "claims", mounted.claims.length === 0 ? undefined : mounted.claims);
}

const mountFields = ({ scratch, files }: Mounted): Fields =>
  defined({ scratch: scratch.length === 0 ? undefined : scratch, files: files.length === 0 ? undefined : files });

const whereOf = (part: Part): string => `containers[${part.at("name").text() ?? ""}].`;

interface Beside {
  readonly draft: Draft;
  readonly pod: Part;
  readonly part: Part;
  readonly role: string;
  readonly volumes: Volumes;
}

function besideOf({ draft, pod, part, role, volumes }: Beside): Fields {
  const name = part.at("name").keep("containers[].name").text() ?? "";
  const where = whereOf(part);
  const fields = containerOf(draft, part, where);
  const mounted = mountsOf(draft, part, volumes, where);
  const claims = mounted.claims.map(({ volume: _, ...claim }) => claim);
  const runAs = ownRunAs(draft, pod, part);
  return {
    name,
    role,
    ...fields,
    ...mountFields(mounted),
    ...(claims.length === 0 ? {} : { claims }),
    ...(runAs === undefined ? {} : { runAs }),
  };
}

function readGrace(draft: Draft, part: Part): void {
  const field = "terminationGracePeriodSeconds";
  const seconds = part.keep(field).number();
  if (seconds === undefined) return;
  if (seconds > LONGEST_GRACE_SECONDS)
    draft.decisions.push(`${field}: was ${seconds}; pods have at most ${LONGEST_GRACE_SECONDS} seconds to end`);
  set(draft, field, Math.min(Math.max(seconds, 1), LONGEST_GRACE_SECONDS));
}

/** Only the first container says what a claim is; others name it. */
function readClaims(draft: Draft, volumes: Volumes, claimTemplates: Part): void {
  const main = (draft.spec["claims"] ?? []) as readonly Mounted["claims"][number][];
  const claims = main.map(({ volume, ...claim }) => ({ ...claim, ...sourceOf(draft, volume, volumes) }));
  const named = new Set(main.map(({ volume }) => volume));
  for (const [volume, name] of volumes.claimNames)
    if (!named.has(volume))
      draft.decisions.push(
        `claims[${name}]: only a container beside the first mounts it; give it a path in the first too`,
      );
  for (const template of claimTemplates.items())
    if (!volumes.uses.has(template.at("metadata", "name").text() ?? "")) template.drop("no container mounts it");
  set(draft, "claims", claims.length === 0 ? undefined : claims);
}

function sourceOf(draft: Draft, volume: string, { byName, templates }: Volumes): Fields {
  const template = templates.get(volume);
  if (template === undefined) {
    const existing = byName.get(volume)?.at("persistentVolumeClaim", "claimName").text();
    return { existing };
  }
  const spec = template.at("spec");
  const size = spec.at("resources", "requests", "storage").keep("claims[].size").text();
  const storageClass = spec.at("storageClassName").keep("claims[].storageClass").text();
  const mode = spec.at("accessModes", 0).keep("claims[].accessMode").text();
  template.at("metadata", "name").keep("claims[].name");
  template.drop("a claim has a size, a class and an access mode");
  if (size === undefined) draft.decisions.push(`claims[${volume}]: has no size`);
  return defined({
    size: size === undefined ? undefined : sizeOrSame(size),
    storageClass: storageClass === "" ? undefined : storageClass,
    accessMode: mode === "ReadWriteOnce" ? undefined : mode,
  });
}

const sizeOrSame = (text: string): string => {
  const tebibytes = /^(\d+)Ti$/.exec(text)?.[1];
  return tebibytes === undefined ? text : `${Number(tebibytes) * 1_024}Gi`;
};

function readPriority(draft: Draft, part: Part): void {
  const level = /^palisade-(low|high)$/.exec(part.text() ?? "")?.[1];
  if (level === undefined) part.replace("priority: Normal");
  else set(draft, "priority", level === "low" ? "Low" : "High");
  part.keep("priority");
}

function readExceptions(draft: Draft, part: Part): void {
  for (const { rule, part: reason } of wishedExceptions(part.at("securityContext")))
    draft.wishes.push({ kind: "exception", value: rule, evidence: evidenceOf(reason, `breaks rule ${rule}`) });
}
