/** Compose files and task definitions of ECS: each key accounted for, and what they become. */
import { describe, expect, test } from "@jest/globals";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { parseManifests } from "../manifests/parse.ts";
import { SERVICE_KEYS, TOP_KEYS } from "./compose/keys.ts";
import { bytesOf, interpolated, portsIn, secondsOf, wordsIn } from "./compose/text.ts";
import { type Conversion, convert } from "./convert.ts";

const converted = (text: string): Conversion => convert(parseManifests("compose.yaml", text), "default");
const specOf = ({ workloads }: Conversion, name: string): Record<string, unknown> =>
  workloads.find(({ object }) => object.metadata.name === name)?.object["spec"] as Record<string, unknown>;
const decisionsOf = ({ workloads }: Conversion): readonly string[] => workloads.flatMap(({ decisions }) => decisions);
const unclaimed = ({ ledger }: Conversion): readonly string[] =>
  ledger.filter(({ verdict }) => verdict === "unclaimed").map(({ path }) => path);

/** The keys of a service in the Compose specification. */
const COMPOSE =
  `annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent
  cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns
  dns_opt dns_search domainname driver_opts entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck
  hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit models
  network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy
  pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs
  tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir`
    .split(/\s+/)
    .filter((key) => key !== "");

describe("a Compose file", () => {
  test.each(COMPOSE)("has every key in the ledger: %s", (key) => {
    const value = JSON.stringify({
      services: { web: { image: "web:1", ...{ [key]: key === "image" ? "web:1" : "1" } } },
    });
    expect(unclaimed(converted(value))).toEqual([]);
    const nested = JSON.stringify({
      services: { web: { image: "web:1", ...(key === "image" ? {} : { [key]: { a: { b: 1 } } }) } },
    });
    const left = unclaimed(converted(nested)).filter(
      (path) => !/services\.web\.(healthcheck|user|read_only|scale|shm_size|cpus|mem_)/.test(path),
    );
    expect(left).toEqual([]);
  });

  test("has every key of the file in the ledger, and tells one that nobody knows", () => {
    const top = Object.fromEntries(Object.keys(TOP_KEYS).map((key) => [key, "x"]));
    expect(unclaimed(converted(JSON.stringify({ ...top, "x-any": 1, services: { web: { image: "web:1" } } })))).toEqual(
      [],
    );
    expect(unclaimed(converted(JSON.stringify({ services: { web: { image: "web:1", flux: 1 } } })))).toEqual([
      "services.web.flux",
    ]);
    for (const key of Object.keys(SERVICE_KEYS)) expect(COMPOSE).toContain(key);
  });

  const VOTING = `services:
  vote:
    image: registry.example.com/voting-app/vote:1.0.0
    depends_on: { redis: { condition: service_healthy } }
    healthcheck: { test: [CMD, curl, -f, "http://localhost"], interval: 15s, start_period: 1m30s, retries: 3 }
    ports: ["8080:80"]
  worker:
    image: registry.example.com/voting-app/worker:1.0.0
    depends_on: [redis, db]
    environment: ["LEVEL=\${LEVEL:-info}", TOKEN]
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 64M } } }
  redis: { image: "redis:7-alpine", read_only: true, tmpfs: /data }
  db:
    image: postgres:15-alpine
    user: "70"
    shm_size: 128mb
    volumes: ["db-data:/var/lib/postgresql/data", "./init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
volumes: { db-data: }
`;

  test("becomes workloads that the API server takes, with the edges that it declares", () => {
    const conversion = converted(VOTING);
    expect(conversion.workloads.map(({ object }) => object.metadata.name)).toEqual(["vote", "worker", "redis", "db"]);
    for (const { object } of conversion.workloads)
      expect(parseSecureWorkload(JSON.parse(JSON.stringify(object)))).toMatchObject({ ok: true });
    expect(specOf(conversion, "worker")).toMatchObject({
      replicas: 2,
      env: [{ name: "LEVEL", value: "info" }],
      resources: { limits: { cpu: "0.5", memory: "64Mi" } },
      access: {
        outbound: [
          { workload: "redis", port: 6379 },
          { workload: "db", port: 5432 },
        ],
      },
    });
    expect(specOf(conversion, "db")).toMatchObject({
      type: "StatefulSet",
      runAs: { user: 70 },
      sharedMemory: "128Mi",
      claims: [{ name: "db-data", path: "/var/lib/postgresql/data", size: "1Gi" }],
      access: { inbound: [{ workload: "worker", port: 5432 }] },
    });
    expect(specOf(conversion, "vote")["probes"]).toEqual({
      readiness: {
        exec: { command: ["curl", "-f", "http://localhost"] },
        periodSeconds: 15,
        initialDelaySeconds: 90,
        failureThreshold: 3,
      },
    });
    expect(specOf(conversion, "redis")["scratch"]).toEqual([{ path: "/data", medium: "Memory" }]);
  });

  test("asks what it does not say", () => {
    const decisions = decisionsOf(converted(VOTING));
    for (const said of [
      /port 80 was published/,
      /env\[TOKEN\]: has no value/,
      /init\.sql of the host/,
      /1Gi is assumed/,
    ])
      expect(decisions).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
    expect(decisionsOf(converted("services: { web: { build: . } }"))).toEqual(
      expect.arrayContaining([expect.stringContaining("Compose builds it")]),
    );
  });

  test("keeps what a container has in both worlds", () => {
    const web = {
      image: "web:1",
      working_dir: `/srv/$\{DIR:-app}`,
      user: "1000:2000",
      platform: "linux/arm64/v8",
      stop_grace_period: "1h",
      post_start: [{ command: "warm up" }],
      pre_stop: [{ command: ["leave", "now"] }],
      ports: [{ target: 80, app_protocol: "http" }],
      volumes: [{ type: "volume", source: "data", target: "/data", volume: { subpath: "web" } }],
    };
    const conversion = converted(JSON.stringify({ services: { web } }));
    expect(specOf(conversion, "web")).toMatchObject({
      workingDir: "/srv/app",
      runAs: { user: 1_000, group: 2_000 },
      placement: { architecture: ["arm64"] },
      terminationGracePeriodSeconds: 3_600,
      lifecycle: { postStart: { exec: { command: ["warm", "up"] } }, preStop: { exec: { command: ["leave", "now"] } } },
      ports: [{ port: 80, appProtocol: "http" }],
      claims: [{ path: "/data", subPath: "web" }],
    });
    expect(conversion.ledger.filter(({ verdict }) => verdict === "dropped")).toEqual([]);
  });

  test.each([
    ["a user by name", { user: "node" }, /^runAs: was node/, "dropped"],
    ["a user beyond the last", { user: "100000" }, /^runAs\.user: was 100000/, "dropped"],
    [
      "two hooks",
      { pre_stop: [{ command: "a" }, { command: "b" }] },
      /^lifecycle\.preStop: was more than one/,
      "dropped",
    ],
    ["a hook of another user", { post_start: [{ command: "a", user: "root" }] }, /^lifecycle\.postStart/, "dropped"],
  ])("asks about %s", (_, keys, said, verdict) => {
    const conversion = converted(JSON.stringify({ services: { web: { image: "web:1", ...keys } } }));
    expect(decisionsOf(conversion)).toEqual([expect.stringMatching(said)]);
    expect(conversion.ledger.filter(({ path }) => !path.endsWith("image")).map((entry) => entry.verdict)).toContain(
      verdict,
    );
  });

  test.each([
    ["8080:80", [80]],
    ["127.0.0.1:8080:80/udp", [80]],
    ["9000-9002:9000-9002", [9000, 9001, 9002]],
    ["80", [80]],
    ["web", []],
  ])("has ports as %s", (text, targets) => {
    expect(portsIn(text).map(({ target }) => target)).toEqual(targets);
  });

  test("has a check of its own image where it says none", () => {
    const conversion = converted(
      "services:\n  web: { image: 'web:1', healthcheck: { disable: false, interval: 5s } }\n",
    );
    expect(specOf(conversion, "web")["probes"]).toBeUndefined();
    expect(unclaimed(conversion)).toEqual([]);
    expect(decisionsOf(conversion)).toEqual([]);
  });

  test("asks for the port of a service that others depend on and that declares none", () => {
    const text =
      "services:\n  web: { image: 'web:1', depends_on: [vectors] }\n  vectors: { image: 'registry.example.com/vectors:1' }\n";
    expect(decisionsOf(converted(text))).toEqual([expect.stringContaining("names vectors, which declares no port")]);
  });

  test("has short forms of its own", () => {
    expect(wordsIn(`sh -c "a 'b' c" 'd e' f`)).toEqual(["sh", "-c", "a 'b' c", "d e", "f"]);
    expect(interpolated(`$$HOME $\{A:-x} $\{B} $C`)).toEqual({ text: "$HOME x  ", missing: ["B", "C"] });
    expect([secondsOf("1m30s"), secondsOf("500ms"), secondsOf("10")]).toEqual([90, 1, 10]);
    expect([bytesOf("64M"), bytesOf("1gb"), bytesOf("1024")]).toEqual(["64Mi", "1Gi", "1024"]);
  });
});

describe("a task definition", () => {
  test.each(["dockerVolumeConfiguration", "fsxWindowsFileServerConfiguration", "configuredAtLaunch"])(
    "tells of a volume that outlived its tasks: %s",
    (kind) => {
      const task = {
        family: "web",
        volumes: [{ name: "data", [kind]: true }],
        containerDefinitions: [{ name: "web" }],
      };
      expect(decisionsOf(converted(JSON.stringify(task)))).toContainEqual(expect.stringContaining("data outlived"));
    },
  );

  const TASK = {
    taskDefinition: {
      family: "shop-web",
      revision: 7,
      networkMode: "awsvpc",
      taskRoleArn: "arn:aws:iam::111122223333:role/shop-web",
      volumes: [{ name: "cache" }, { name: "data", efsVolumeConfiguration: { fileSystemId: "fs-1" } }],
      containerDefinitions: [
        {
          name: "log",
          image: "registry.example.com/log:1",
          essential: false,
        },
        {
          name: "web",
          image: "registry.example.com/shop/web:1.4.2",
          cpu: 256,
          memory: 512,
          essential: true,
          portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp" }],
          environment: [{ name: "MODE", value: "live" }],
          secrets: [{ name: "DB_PASSWORD", valueFrom: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db" }],
          healthCheck: { command: ["CMD-SHELL", "curl -f http://localhost"], interval: 30 },
          mountPoints: [{ sourceVolume: "cache", containerPath: "/cache" }],
          logConfiguration: { logDriver: "awslogs" },
        },
      ],
    },
    tags: [],
  };

  test("becomes one workload, and its secrets stay references", () => {
    const conversion = converted(JSON.stringify(TASK));
    expect(specOf(conversion, "shop-web")).toMatchObject({
      image: "registry.example.com/shop/web:1.4.2",
      env: [
        { name: "MODE", value: "live" },
        { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "shop-web", key: "DB_PASSWORD" } } },
      ],
      ports: [{ name: "port-8080", port: 8080 }],
      resources: { requests: { cpu: "250m" }, limits: { memory: "512Mi" } },
      containers: [{ name: "log", role: "Extra", image: "registry.example.com/log:1" }],
      identity: { aws: { roleArn: "arn:aws:iam::111122223333:role/shop-web" } },
    });
    const [workload] = conversion.workloads;
    expect(parseSecureWorkload(JSON.parse(JSON.stringify(workload?.object)))).toMatchObject({ ok: true });
    expect(unclaimed(conversion)).toEqual([]);
    expect(decisionsOf(conversion)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("key DB_PASSWORD into the Secret shop-web"),
        expect.stringContaining("EFS file system fs-1"),
      ]),
    );
  });

  test("keeps what a container has in both worlds", () => {
    const task = {
      family: "web",
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      containerDefinitions: [
        {
          name: "web",
          image: "web:1",
          workingDirectory: "/srv",
          user: "1000:2000",
          stopTimeout: 60,
          portMappings: [
            { containerPort: 80, appProtocol: "http" },
            { containerPort: 53, protocol: "udp" },
          ],
        },
        { name: "log", image: "log:1", user: "3000", stopTimeout: 120 },
      ],
    };
    const conversion = converted(JSON.stringify(task));
    expect(specOf(conversion, "web")).toMatchObject({
      workingDir: "/srv",
      runAs: { user: 1_000, group: 2_000 },
      placement: { architecture: ["arm64"] },
      terminationGracePeriodSeconds: 120,
      ports: [
        { port: 80, appProtocol: "http" },
        { port: 53, protocol: "UDP" },
      ],
      containers: [{ name: "log", runAs: { user: 3_000 } }],
    });
    expect(unclaimed(conversion)).toEqual([]);
    expect(conversion.ledger.filter(({ verdict }) => verdict === "dropped")).toEqual([]);
  });

  test("says of each parameter of the kernel what became of it", () => {
    const linuxParameters = {
      capabilities: { add: ["SYS_PTRACE"], drop: ["ALL"] },
      devices: [{ hostPath: "/dev/fuse", containerPath: "/dev/fuse", permissions: ["read"] }],
      initProcessEnabled: true,
      sharedMemorySize: 256,
      tmpfs: [{ containerPath: "/run/app", size: 64, mountOptions: ["noexec"] }],
      maxSwap: 0,
      swappiness: 0,
    };
    const containerDefinitions = [{ name: "web", image: "web:1", linuxParameters }];
    const conversion = converted(JSON.stringify({ family: "web", containerDefinitions }));
    expect(specOf(conversion, "web")).toMatchObject({
      sharedMemory: "256Mi",
      scratch: [{ path: "/run/app", medium: "Memory", size: "64Mi" }, { path: "/tmp" }],
    });
    const below = "containerDefinitions[0].linuxParameters.";
    const fates = conversion.ledger.flatMap(({ path, verdict }) =>
      path.startsWith(below) ? [`${path.slice(below.length)} ${verdict}`] : [],
    );
    expect(fates).toEqual([
      "capabilities.add[0] fixed",
      "capabilities.drop[0] fixed",
      "devices[0].hostPath fixed",
      "devices[0].containerPath fixed",
      "devices[0].permissions[0] fixed",
      "initProcessEnabled dropped",
      "sharedMemorySize kept",
      "tmpfs[0].containerPath kept",
      "tmpfs[0].size kept",
      "tmpfs[0].mountOptions[0] dropped",
      "maxSwap dropped",
      "swappiness dropped",
    ]);
    const unknown = JSON.stringify({
      family: "w",
      containerDefinitions: [{ name: "w", image: "w:1", linuxParameters: { flux: 1 } }],
    });
    expect(unclaimed(converted(unknown))).toEqual([`${below}flux`]);
  });

  test("has ranges of ports, and asks about those that are too long", () => {
    const task = (containerPortRange: string) =>
      converted(
        JSON.stringify({
          family: "web",
          containerDefinitions: [{ name: "web", image: "web:1", portMappings: [{ containerPortRange }] }],
        }),
      );
    expect(specOf(task("9000-9002"), "web")["ports"]).toMatchObject([9000, 9001, 9002].map((port) => ({ port })));
    expect(specOf(task("9000-9999"), "web")["ports"]).toBeUndefined();
    expect(decisionsOf(task("9000-9999"))).toEqual([expect.stringContaining("9000-9999 is more than 16 ports")]);
  });

  test("tells a key that nobody knows", () => {
    expect(
      unclaimed(
        converted(JSON.stringify({ family: "a", containerDefinitions: [{ name: "a", image: "a:1", flux: 1 }] })),
      ),
    ).toEqual(["containerDefinitions[0].flux"]);
  });
});
