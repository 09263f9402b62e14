/** A task definition of Amazon ECS, as `aws ecs describe-task-definition` prints it: one workload of several containers. */

import { entryOf } from "../manifests/entry.ts";
import { manifestAt } from "./compose/compose.ts";
import { defined } from "./draft.ts";
import { claimByName, drop, type Fates, replace, rule } from "./fate.ts";
import type { Part } from "./ledger.ts";
import { memoryOf } from "./linux-parameters.ts";
import type { Translation } from "./translation.ts";
import { userIn } from "./user-text.ts";

type Fields = Record<string, unknown>;

const CPU_UNITS = 1_024;

export function translateTask(document: Part): Translation {
  const task = document.at("taskDefinition").exists ? document.at("taskDefinition") : document;
  const name = (task.at("family").keep("metadata.name").text() ?? "task").toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  const decisions: string[] = [];
  const parts = [...task.at("containerDefinitions").items()];
  // The first essential one is the workload's own.
  const main = parts.find((part) => part.at("essential").value !== false) ?? parts[0];
  const containers = [...parts.filter((part) => part === main), ...parts.filter((part) => part !== main)];
  const memory = containers.map((part, index) => memoryOf(part.at("linuxParameters"), `memory-${index}`));
  const role = task.at("taskRoleArn").keep("identity.aws.roleArn").text();
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, annotations: { "eks.amazonaws.com/role-arn": role } },
  };
  const spec = {
    serviceAccountName: name,
    containers: containers.map((part, index) => containerOf(part, name, memory[index]?.mounts ?? [], decisions)),
    nodeSelector: architectureOf(task.at("runtimePlatform")),
    terminationGracePeriodSeconds: graceOf(parts),
    volumes: [
      ...task
        .at("volumes")
        .items()
        .map((part) => volumeOf(part, decisions)),
      ...memory.flatMap(({ volumes }) => volumes),
    ],
  };
  const labels = { task: name };
  const controller = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  const ports = main === undefined ? [] : main.at("portMappings").items().flatMap(servedPort);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: {
      selector: labels,
      ports,
    },
  };
  const objects = [controller, ...(ports.length === 0 ? [] : [service]), ...(role === undefined ? [] : [account])];
  const manifests = objects.map((object) => manifestAt(task, object));
  claimByName(task, TASK_FATES);
  task.at("volumes").keep("scratch");
  document.at("tags").drop("tags are not carried over");
  return { manifests, edges: [], decisions: decisions.map((decision) => ({ name, decision })) };
}

function containerOf(part: Part, task: string, inMemory: readonly Fields[], decisions: string[]): Fields {
  const name = part.at("name").keep("containers[].name").text() ?? task;
  const container = defined({
    name,
    image: part.at("image").keep("image").text(),
    command: part.at("entryPoint").keep("command").texts(),
    args: part.at("command").keep("args").texts(),
    workingDir: part.at("workingDirectory").keep("workingDir").text(),
    env: [...plainVariables(part), ...secretVariables(part, task, decisions)],
    ports: part
      .at("portMappings")
      .items()
      .flatMap((one) => portsIn(one, decisions)),
    resources: resourcesOf(part),
    readinessProbe: probeOf(part.at("healthCheck")),
    volumeMounts: [...mountsOf(part.at("mountPoints")), ...inMemory],
    securityContext: defined({
      ...userIn(part.at("user"), decisions),
      readOnlyRootFilesystem:
        part.at("readonlyRootFilesystem").fix("rule read-only-root").value === true ? true : undefined,
    }),
  });
  claimByName(part, CONTAINER_FATES);
  return container;
}

const mountsOf = (part: Part): readonly Fields[] =>
  part
    .keep("scratch or claims")
    .items()
    .map((mount) => ({ name: mount.at("sourceVolume").text(), mountPath: mount.at("containerPath").text() }));

const MOST_PORTS = 16;

/** A range is its ports. */
function portsIn(part: Part, decisions: string[]): readonly Fields[] {
  const range = part.at("containerPortRange").text();
  const [first = 0, last = 0] = (range ?? "").split("-").map(Number);
  if (range === undefined) return [portOf(part)];
  if (last - first >= MOST_PORTS) {
    decisions.push(`ports: ${range} is more than ${MOST_PORTS} ports; declare those that are needed`);
    part.drop(`a container has at most ${MOST_PORTS} ports: declare those that are needed`);
    return [];
  }
  const { protocol } = portOf(part);
  return Array.from({ length: last - first + 1 }, (_, index) => ({ containerPort: first + index, protocol }));
}

const plainVariables = (part: Part): readonly Fields[] =>
  part
    .at("environment")
    .keep("env")
    .items()
    .map((one) => ({ name: one.at("name").text(), value: one.at("value").text() ?? "" }));

/** They stay references: no value is read. */
function secretVariables(part: Part, task: string, decisions: string[]): readonly Fields[] {
  return part
    .at("secrets")
    .items()
    .map((one) => {
      const name = one.at("name").keep("env").text() ?? "";
      one.at("valueFrom").replace(`key ${name} of the Secret ${task}`);
      decisions.push(`env[${name}]: was read from AWS; put it as key ${name} into the Secret ${task}`);
      return { name, valueFrom: { secretKeyRef: { name: task, key: name } } };
    });
}

function portOf(part: Part): Fields {
  part.at("hostPort").fix("rule no-host-ports");
  part.keep("ports");
  return {
    containerPort: part.at("containerPort").number(),
    protocol: (part.at("protocol").text() ?? "tcp").toUpperCase(),
  };
}

function servedPort(part: Part): readonly Fields[] {
  const appProtocol = part.at("appProtocol").keep("ports[].appProtocol").text();
  return portsIn(part, []).map(({ containerPort, protocol }) =>
    defined({ name: `port-${String(containerPort)}`, port: containerPort, protocol, appProtocol }),
  );
}

const ARCHITECTURES: Readonly<Record<string, string>> = { X86_64: "amd64", ARM64: "arm64" };

function architectureOf(part: Part): Fields | undefined {
  const name = entryOf(ARCHITECTURES, part.at("cpuArchitecture").text() ?? "");
  if (name !== undefined) part.at("cpuArchitecture").keep("placement.architecture");
  part.at("operatingSystemFamily").fix("rule linux-only");
  part.drop("placement.architecture asks for an architecture");
  return name === undefined ? undefined : { "kubernetes.io/arch": name };
}

/** A pod ends as a whole, within the time of its slowest container. */
function graceOf(containers: readonly Part[]): number | undefined {
  const seconds = containers.map((part) => part.at("stopTimeout").keep("terminationGracePeriodSeconds").number() ?? 0);
  const longest = Math.max(0, ...seconds);
  return longest === 0 ? undefined : longest;
}

function resourcesOf(part: Part): Fields {
  const units = part.at("cpu").keep("resources.requests.cpu").number() ?? 0;
  const mebibytes = (name: string, field: string): Fields => {
    const amount = part.at(name).keep(field).number();
    return amount === undefined ? {} : { memory: `${amount}Mi` };
  };
  const cpu = units === 0 ? {} : { cpu: `${Math.ceil((units * 1_000) / CPU_UNITS)}m` };
  return {
    requests: { ...cpu, ...mebibytes("memoryReservation", "resources.requests.memory") },
    limits: mebibytes("memory", "resources.limits.memory"),
  };
}

function probeOf(part: Part): Fields | undefined {
  const [first, ...rest] = part.at("command").texts() ?? [];
  if (first === undefined || first === "NONE") {
    part.drop("is switched off");
    return undefined;
  }
  part.keep("probes.readiness");
  const isShell = first === "CMD-SHELL";
  const command = isShell ? ["sh", "-c", rest.join(" ")] : first === "CMD" ? rest : [first, ...rest];
  return {
    exec: { command },
    ...defined({
      periodSeconds: part.at("interval").number(),
      timeoutSeconds: part.at("timeout").number(),
      failureThreshold: part.at("retries").number(),
      initialDelaySeconds: part.at("startPeriod").number(),
    }),
  };
}

/** Of Docker, Windows and EBS. */
const LASTING = ["dockerVolumeConfiguration", "fsxWindowsFileServerConfiguration", "configuredAtLaunch"];

/** A volume without a source is empty at every start. */
function volumeOf(part: Part, decisions: string[]): Fields {
  const name = part.at("name").keep("scratch[].name").text() ?? "";
  const file = part.at("efsVolumeConfiguration", "fileSystemId");
  if (file.exists) {
    decisions.push(
      `claims: ${name} was the EFS file system ${file.text()}; make a claim of it and name it under claims[].existing`,
    );
    part.drop("name a claim of the file system under claims[].existing");
  } else if (part.at("host", "sourcePath").exists) {
    decisions.push(`claims: ${name} was a folder of the host, which no workload mounts`);
    part.fix("rule safe-volumes");
  } else if (LASTING.some((field) => part.at(field).exists)) {
    decisions.push(`claims: ${name} outlived its tasks; make a claim of it, or every start begins with an empty one`);
    part.drop("name a claim of what it holds under claims[].existing");
  }
  part.replace("scratch");
  return { name, emptyDir: {} };
}

const CONTAINER_FATES: Fates = {
  essential: drop("a pod restarts every container that ends"),
  dependsOn: drop("give a container that others wait for the role Init or Sidecar"),
  logConfiguration: drop("containers log to standard output"),
  firelensConfiguration: drop("containers log to standard output"),
  dockerLabels: drop("labels of containers are not carried over"),
  dockerSecurityOptions: rule("seccomp-runtime-default"),
  privileged: rule("not-privileged"),
  hostname: replace("the name of the workload"),
  extraHosts: rule("no-host-aliases"),
  links: drop("name destinations under access.outbound"),
  dnsServers: rule("cluster-dns"),
  dnsSearchDomains: rule("cluster-dns"),
  disableNetworking: drop("access: every way is closed unless declared"),
  ulimits: drop("the runtime's limits are used"),
  systemControls: rule("safe-sysctls"),
  volumesFrom: drop("name the claim or scratch in both"),
  resourceRequirements: drop("ask for a device under placement.accelerator"),
  environmentFiles: drop("make a Secret or ConfigMap of it, and name it under envFrom"),
  repositoryCredentials: rule("no-pull-secrets"),
  interactive: rule("no-terminal"),
  pseudoTerminal: rule("no-terminal"),
  startTimeout: drop("probes.startup bounds a start"),
  credentialSpecs: rule("linux-only"),
  restartPolicy: drop("a pod restarts every container that ends"),
  versionConsistency: drop("tags are pinned to digests"),
};

const TASK_FATES: Fates = {
  taskDefinitionArn: drop("AWS writes it"),
  revision: drop("AWS writes it"),
  status: drop("AWS writes it"),
  requiresAttributes: drop("AWS writes it"),
  compatibilities: drop("AWS writes it"),
  registeredAt: drop("AWS writes it"),
  registeredBy: drop("AWS writes it"),
  deregisteredAt: drop("AWS writes it"),
  executionRoleArn: drop("nodes and the operator have credentials of their own"),
  networkMode: drop("every pod has an address of its own"),
  requiresCompatibilities: drop("pods run on any node"),
  cpu: drop("each container has its own resources"),
  memory: drop("each container has its own resources"),
  placementConstraints: drop("placement asks for an architecture or an accelerator"),
  pidMode: rule("no-host-namespaces"),
  ipcMode: rule("no-host-namespaces"),
  proxyConfiguration: drop("no proxy stands between pods"),
  inferenceAccelerators: drop("ask for a device under placement.accelerator"),
  ephemeralStorage: drop("scratch has a size"),
  enableFaultInjection: drop("faults are not injected"),
  tags: drop("tags are not carried over"),
};
