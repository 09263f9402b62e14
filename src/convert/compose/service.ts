/** A service of a Compose file as the controller and the Service that Kubernetes would have for it. */
import { ARCHITECTURES } from "../../crds/v1alpha1/placement-menu.ts";
import { defined } from "../draft.ts";
import { habitOf } from "../images.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { userIn } from "../user-text.ts";
import { hooksOf } from "./hooks.ts";
import { claimKeys, SERVICE_KEYS } from "./keys.ts";
import { bytesOf, interpolated, type PublishedPort, portsIn, secondsOf, wordsIn } from "./text.ts";
import { volumesOf } from "./volumes.ts";

type Fields = Record<string, unknown>;

interface Dependency {
  readonly name: string;
  /** By which a link calls it. */
  readonly alias: string | undefined;
  readonly part: Part;
  readonly key: string;
}

export interface Translated {
  readonly controller: Fields;
  /** By that name; undefined where nothing listens. */
  readonly serviceCalled: (name: string) => Fields | undefined;
  /** By which others may call it, beside its own. */
  readonly names: readonly string[];
  readonly claims: readonly string[];
  readonly dependsOn: readonly Dependency[];
  readonly decisions: readonly string[];
}

/** `isRun`: others wait for its end. */
export function translateService(name: string, part: Part, isRun: boolean): Translated {
  const decisions: string[] = [];
  const read = (field: Part, into: string): string | undefined => textOf(field.keep(into), decisions, into);
  const image = read(part.at("image"), "image") ?? "";
  if (image === "") decisions.push("image: Compose builds it; push it to a registry and write its name and version");
  const ports = portsOf(part, image, decisions);
  const volumes = volumesOf(part, decisions);
  const container = defined({
    name,
    image,
    command: commandOf(part.at("entrypoint").keep("command")),
    args: commandOf(part.at("command").keep("args")),
    workingDir: read(part.at("working_dir"), "workingDir"),
    env: environmentOf(part.at("environment").keep("env"), decisions),
    ports: ports.map(({ target, protocol }) => ({ containerPort: target, protocol })),
    resources: resourcesOf(part),
    readinessProbe: probeOf(part.at("healthcheck")),
    lifecycle: hooksOf(part, decisions),
    volumeMounts: volumes.mounts,
    securityContext: securityOf(part, decisions),
  });
  part.at("env_file").drop("make a ConfigMap or Secret of it, and name it under envFrom");
  if (part.at("env_file").exists)
    decisions.push("envFrom: Compose reads variables from a file; make a Secret or ConfigMap of it");
  part.at("extends").drop("convert what docker compose config prints");
  const dependsOn = [...namesIn(part, "depends_on"), ...namesIn(part, "links")];
  const spec = defined({
    replicas: part.at("scale").keep("replicas").number() ?? part.at("deploy", "replicas").keep("replicas").number(),
    selector: { matchLabels: { service: name } },
    template: {
      metadata: { labels: { service: name } },
      spec: defined({
        containers: [container],
        nodeSelector: architectureOf(part.at("platform")),
        volumes: volumes.volumes,
        terminationGracePeriodSeconds: graceOf(part.at("stop_grace_period")),
      }),
    },
    volumeClaimTemplates: volumes.claims.length === 0 ? undefined : volumes.claims,
  });
  claimTheRest(part);
  const kind = volumes.claims.length > 0 ? "StatefulSet" : isRun ? "Job" : "Deployment";
  const apiVersion = kind === "Job" ? "batch/v1" : "apps/v1";
  return {
    controller: { apiVersion, kind, metadata: { name }, spec },
    serviceCalled: (called) => serviceOf(name, called, ports),
    names: [part.at("container_name").text(), ...aliasesIn(part)].filter((one) => one !== undefined),
    claims: volumes.claims.map(({ metadata }) => String((metadata as Fields)["name"])),
    dependsOn,
    decisions,
  };
}

const aliasesIn = (part: Part): readonly string[] =>
  part
    .at("networks")
    .fields()
    .flatMap(([, network]) => network.at("aliases").texts() ?? []);

function serviceOf(name: string, called: string, ports: readonly PublishedPort[]): Fields | undefined {
  if (ports.length === 0) return undefined;
  const served = ports.map(({ target, protocol, appProtocol }) =>
    defined({ name: `port-${target}`, port: target, protocol, appProtocol }),
  );
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: called },
    spec: { selector: { service: name }, ports: served },
  };
}

function textOf(part: Part, decisions: string[], into: string): string | undefined {
  const text = part.text();
  if (text === undefined) return undefined;
  const { text: filled, missing } = interpolated(text);
  for (const name of missing) decisions.push(`${into}: \${${name}} has no value here; write one`);
  return filled;
}

function commandOf(part: Part): readonly string[] | undefined {
  const list = part.texts() ?? (part.text() === undefined ? undefined : wordsIn(part.text() ?? ""));
  return list?.map((word) => interpolated(word).text);
}

/** A map, or a list of `NAME=value`. */
function environmentOf(part: Part, decisions: string[]): readonly Fields[] {
  const entries =
    part
      .texts()
      ?.map(
        (entry) =>
          [entry.split("=")[0] ?? "", entry.includes("=") ? entry.slice(entry.indexOf("=") + 1) : undefined] as const,
      ) ?? part.fields().map(([name, value]) => [name, value.text()] as const);
  return entries.flatMap(([name, value]) => {
    if (value === undefined) decisions.push(`env[${name}]: has no value here; write one, or name a Secret`);
    const { text, missing } = interpolated(value ?? "");
    for (const unset of missing)
      decisions.push(`env[${name}]: \${${unset}} has no value here; write one, or name a Secret`);
    return value === undefined ? [] : [{ name, value: text }];
  });
}

function portsOf(part: Part, image: string, decisions: string[]): readonly PublishedPort[] {
  const published = part
    .at("ports")
    .keep("ports")
    .items()
    .flatMap((one) => toldPorts(one, portIn(one), decisions));
  const exposed = part
    .at("expose")
    .keep("ports")
    .items()
    .flatMap((one) => toldPorts(one, portsIn(interpolated(one.text() ?? "").text), decisions));
  const open = published.filter(({ isPublished }) => isPublished).map(({ target }) => target);
  if (open.length > 0)
    decisions.push(
      `expose: port ${open.join(", ")} was published on the host; declare a host under expose, or nothing is open`,
    );
  const declared = [...published, ...exposed];
  const usual = habitOf(image)?.port;
  const known =
    declared.length === 0 && usual !== undefined ? [{ target: usual, isPublished: false, protocol: "TCP" }] : declared;
  return known.filter(
    (one, index) =>
      known.findIndex(({ target, protocol }) => target === one.target && protocol === one.protocol) === index,
  );
}

/** What is no port of a workload, a range of a hundred for example, is not lost in silence. */
function toldPorts(part: Part, ports: readonly PublishedPort[], decisions: string[]): readonly PublishedPort[] {
  if (ports.length === 0)
    decisions.push(
      `ports: ${part.text() ?? sayPlace(part.place)} is not carried over; declare the ports that are needed`,
    );
  return ports;
}

function portIn(part: Part): readonly PublishedPort[] {
  const target = part.at("target").number();
  if (target === undefined) return portsIn(interpolated(part.text() ?? "").text);
  const appProtocol = part.at("app_protocol").text();
  return [
    {
      target,
      isPublished: part.at("published").exists,
      protocol: (part.at("protocol").text() ?? "tcp").toUpperCase(),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    },
  ];
}

function resourcesOf(part: Part): Fields | undefined {
  const deploy = part.at("deploy", "resources");
  const amounts = (kind: "limits" | "reservations", cpus: string, memory: string): Fields => {
    const field = kind === "limits" ? "resources.limits" : "resources.requests";
    const [ownCpu, ownBytes] = [
      cpus === "" ? undefined : part.at(cpus).keep(field).text(),
      part.at(memory).keep(field).text(),
    ];
    const cpu = deploy.at(kind, "cpus").keep(field).text() ?? ownCpu;
    const bytes = deploy.at(kind, "memory").keep(field).text() ?? ownBytes;
    deploy.at(kind).drop("a container has cpu and memory; ask for a device under placement.accelerator");
    return defined({ cpu, memory: bytes === undefined ? undefined : bytesOf(bytes) });
  };
  const limits = amounts("limits", "cpus", "mem_limit");
  const requests = amounts("reservations", "", "mem_reservation");
  const resources = {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
  };
  return Object.keys(resources).length === 0 ? undefined : resources;
}

/** What Compose waits for is what makes a pod ready. */
function probeOf(part: Part): Fields | undefined {
  if (!part.exists || part.at("disable").value === true) {
    part.drop("is switched off");
    return undefined;
  }
  if (!part.at("test").exists) {
    part.drop("the check is the image's own: write it under probes.readiness");
    return undefined;
  }
  const test = part.at("test").keep("probes.readiness");
  const [first = "", ...rest] = test.texts() ?? ["CMD-SHELL", test.text() ?? ""];
  const seconds = (key: string): number | undefined => {
    const text = part.at(key).keep("probes.readiness").text();
    return text === undefined ? undefined : secondsOf(text);
  };
  const times = defined({
    periodSeconds: seconds("interval"),
    timeoutSeconds: seconds("timeout"),
    initialDelaySeconds: seconds("start_period"),
    failureThreshold: part.at("retries").keep("probes.readiness").number(),
  });
  part.at("disable").drop("is not switched off");
  part.drop("a probe has one period, and no other keys");
  if (first === "NONE" || (first !== "CMD" && first !== "CMD-SHELL")) return undefined;
  const command = first === "CMD" ? rest : ["sh", "-c", rest.join(" ")];
  return { exec: { command: command.map((word) => interpolated(word).text) }, ...times };
}

function securityOf(part: Part, decisions: string[]): Fields | undefined {
  const isTrue = (key: string): true | undefined => (part.at(key).value === true ? true : undefined);
  const fields = defined({
    ...userIn(part.at("user"), decisions, interpolated(part.at("user").text() ?? "")),
    readOnlyRootFilesystem: isTrue("read_only"),
    privileged: isTrue("privileged"),
  });
  part.at("user").drop("a user is named by its number: write it under runAs.user");
  part.at("read_only").fix("rule read-only-root");
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** `linux/arm64/v8`; what is no architecture of a node stays for the table. */
function architectureOf(part: Part): Fields | undefined {
  const [system, name] = (part.text() ?? "").split("/");
  if (system !== "linux" || !(ARCHITECTURES as readonly (string | undefined)[]).includes(name)) return undefined;
  part.keep("placement.architecture");
  return { "kubernetes.io/arch": name };
}

function graceOf(part: Part): number | undefined {
  const text = part.keep("terminationGracePeriodSeconds").text();
  return text === undefined ? undefined : secondsOf(text);
}

/** What others wait for to end. */
export const isAwaited = (dependency: Part): boolean =>
  dependency.at("condition").text() === "service_completed_successfully";

/** A list, or a map by name; a link may have an alias. What only has to end is not called. */
function namesIn(part: Part, key: string): Translated["dependsOn"] {
  const list = part.at(key).keep("access");
  const names = list.texts() ?? list.fields().map(([name]) => name);
  return names
    .map((name, index) => ({
      name: name.split(":")[0] ?? "",
      alias: key === "links" ? name.split(":")[1] : undefined,
      part: list.texts() === undefined ? list.at(name) : list.at(index),
      key,
    }))
    .filter(({ part: one }) => !isAwaited(one));
}

const DEPLOY_REASON = "rollout, placement and disruption decide it";

function claimTheRest(part: Part): void {
  part.at("deploy", "resources").drop("a container has cpu and memory");
  part.at("deploy").drop(DEPLOY_REASON);
  claimKeys(part, SERVICE_KEYS);
}
