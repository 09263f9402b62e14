/**
 * `palisade learn` where workloads run: three applications of plain Deployments under the strictest Pod Security, with a call graph that is known.
 * Then the same in a namespace that Palisade guards.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { grantNamespace, type TestCluster, until } from "../cluster/index.ts";
import { type Typed, typePalisade } from "../support/palisade-command.ts";
import { runApplication } from "./support/application.ts";
import { IMAGES, kubectl, sharedCluster, uniqueNamespace } from "./support/e2e.ts";
import { NAMESPACE } from "./support/release.ts";

interface Part {
  readonly calls: readonly string[];
  readonly port?: number;
  readonly image?: string;
  /** Beside calling, before it waits. */
  readonly also?: string;
}

const web = (...calls: readonly string[]): Part => ({ calls, port: 8080 });
const caller = (...calls: readonly string[]): Part => ({ calls });
const podinfo = (...calls: readonly string[]): Part => ({ calls, port: 9898, image: IMAGES.podinfo });
const redis: Part = { calls: [], port: 6379, image: IMAGES.redis };

/** Online Boutique's shape, the voting application, podinfo under load. */
const GRAPH: Readonly<Record<string, Part>> = {
  shopper: caller("front"),
  front: web("catalog", "cart", "currency", "checkout", "ads", "recommend", "shipping"),
  checkout: web("cart", "catalog", "currency", "shipping", "payment", "mail"),
  recommend: web("catalog"),
  cart: web("carts"),
  carts: redis,
  catalog: web(),
  currency: web(),
  shipping: web(),
  payment: web(),
  mail: web(),
  ads: { ...web(), also: "mkdir -p /tmp/seen && date > /tmp/seen/last" },
  vote: web("votes"),
  votes: redis,
  count: caller("votes", "tally"),
  tally: web(),
  result: web("tally"),
  load: caller("pfront"),
  pfront: podinfo("pback", "pcache"),
  pback: podinfo(),
  pcache: redis,
};

const portOf = (name: string): number => GRAPH[name]?.port ?? 0;
const TRUTH = Object.entries(GRAPH).flatMap(([from, { calls }]) => calls.map((to) => `${from} -> ${to}:${portOf(to)}`));
/** Declared by nobody, though they are called. */
const FORGOTTEN = new Set(["front -> ads:8080", "cart -> carts:6379", "count -> tally:8080"]);

/** Serves, and calls in turn. Redis hangs up on what is no command, so nobody waits. */
function script(name: string, { calls, also = "true" }: Part): string {
  const asks = calls.map((to) =>
    portOf(to) === 6379
      ? `printf 'PING\\r\\nQUIT\\r\\n' | nc -w 2 ${to} 6379 >/dev/null`
      : `curl -s -o /dev/null --max-time 3 http://${to}:${portOf(to)}/`,
  );
  const serve = portOf(name) === 8080 ? "/agnhost netexec --http-port=8080 & " : "";
  return `${serve}while true; do ${[...asks, also].join("; ")}; sleep 2; done`;
}

/** Podinfo calls only when it is called. */
function containerOf(name: string, part: Part): object {
  const ports = part.port === undefined ? [] : [{ name: "main", containerPort: part.port }];
  const probe =
    part.port === undefined
      ? {}
      : { readinessProbe: { tcpSocket: { port: "main" }, periodSeconds: 1, timeoutSeconds: 5 } };
  const own = { name, image: part.image ?? IMAGES.agnhost, ports, ...probe, securityContext: RESTRICTED };
  if (part.image === IMAGES.redis) return { ...own, args: ["--dir", "/tmp", "--protected-mode", "no", "--save", ""] };
  if (part.image === IMAGES.podinfo)
    return { ...own, command: ["./podinfo", "--port=9898", ...(name === "pfront" ? PODINFO_PEERS : [])] };
  const load = name === "load" ? `${LOAD}; ` : "";
  return { ...own, command: ["/bin/sh", "-c", script(name, part).replace("do ", `do ${load}`)] };
}

const PODINFO_PEERS = ["--backend-url=http://pback:9898/echo", "--cache-server=tcp://pcache:6379"];
const LOAD =
  "curl -s -o /dev/null --max-time 3 -d ping http://pfront:9898/api/echo; curl -s -o /dev/null --max-time 3 -d kept http://pfront:9898/cache/note";
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

function objectsOf(name: string, part: Part): readonly object[] {
  const labels = { app: name };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsUser: 1000 },
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          containers: [containerOf(name, part)],
        },
      },
    },
  };
  const ports = [{ port: part.port, targetPort: "main" }];
  const service = { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: labels, ports } };
  return part.port === undefined ? [deployment] : [deployment, service];
}

function draftOf(name: string, namespace: string): string {
  const { port, image = IMAGES.agnhost, calls = [] } = GRAPH[name] ?? {};
  const isDeclared = (from: string, to: string): boolean => !FORGOTTEN.has(`${from} -> ${to}:${portOf(to)}`);
  const outbound = calls.filter((to) => isDeclared(name, to)).map((to) => ({ workload: to, port: portOf(to) }));
  const inbound = Object.entries(GRAPH)
    .filter(([from, part]) => part.calls.includes(name) && isDeclared(from, name))
    .map(([from]) => ({ workload: from, port }));
  // Nobody calls it.
  if (name === "mail") inbound.push({ workload: "shopper", port: 8080 });
  const spec = {
    image,
    ...(port === undefined ? {} : { ports: [{ name: "main", port }] }),
    access: { ...(outbound.length === 0 ? {} : { outbound }), ...(inbound.length === 0 ? {} : { inbound }) },
  };
  const head = { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", metadata: { name, namespace } };
  return `# of the team\n${stringify({ ...head, spec })}`;
}

interface Learned {
  readonly edges: readonly { verdict: string; from: string; to: string; port?: number; lacks: readonly unknown[] }[];
  readonly writes: readonly { workload: string; directory: string }[];
  readonly left: readonly string[];
}

describe("palisade learn", () => {
  const namespace = uniqueNamespace("learn");
  const folder = mkdtempSync(join(tmpdir(), "palisade-e2e-learn-"));
  let cluster: TestCluster;
  let image: string;
  let typed: Typed;
  let learned: Learned;

  const short = (name: string): string => name.replace(`${namespace}/`, "");
  const edges = (...verdicts: readonly string[]): readonly string[] =>
    learned.edges
      .filter(({ verdict }) => verdicts.includes(verdict))
      .map(({ from, to, port }) => `${short(from)} -> ${short(to)}:${port}`);

  beforeAll(async () => {
    cluster = await sharedCluster();
    await grantNamespace(cluster, namespace, "alice", "edit");
    await kubectl(cluster, ["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    const watcher = ["create", "role", "learn", "-n", namespace, "--verb=patch", "--resource=pods/ephemeralcontainers"];
    await kubectl(cluster, watcher);
    await kubectl(cluster, ["create", "rolebinding", "learn", "-n", namespace, "--role=learn", "--user=alice"]);
    const items = Object.entries(GRAPH).flatMap(([name, part]) => objectsOf(name, part));
    const input = { apiVersion: "v1", kind: "List", items };
    await kubectl(cluster, ["apply", "-n", namespace, "-f", "-"], { user: "alice", input });
    await kubectl(cluster, [
      "wait",
      "--for=condition=Available",
      "--timeout=180s",
      "-n",
      namespace,
      "deployment",
      "--all",
    ]);
    for (const name of Object.keys(GRAPH)) writeFileSync(join(folder, `${name}.yaml`), draftOf(name, namespace));
    const path = "jsonpath={.items[0].spec.template.spec.containers[0].image}";
    image = await kubectl(cluster, ["get", "deployments", "-n", NAMESPACE, "-o", path]);
    const words = ["learn", "-n", namespace, "-f", folder, "--for", "50s", "--writes", "--image", image, "-o", "json"];
    typed = await typePalisade(cluster, words, "alice");
    learned = JSON.parse(typed.stdout === "" ? '{"edges":[],"writes":[],"left":[]}' : typed.stdout) as Learned;
  }, 420_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("sees nearly every call, and next to none that there is not", () => {
    const seen = edges("DeclaredAndSeen", "SeenNotDeclared");
    const right = seen.filter((edge) => TRUTH.includes(edge));
    const missing = TRUTH.filter((edge) => !seen.includes(edge));
    const wrong = seen.filter((edge) => !TRUTH.includes(edge));
    const recall = right.length / TRUTH.length;
    const precision = right.length / seen.length;
    console.log(`learn: recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)} over ${TRUTH.length} edges`);
    expect({ missing, wrong, stderr: typed.stderr }).toEqual({
      missing: recall >= 0.95 ? missing : "at most a twentieth",
      wrong: precision >= 0.98 ? wrong : "at most a fiftieth",
      stderr: typed.stderr,
    });
  });

  test("tells apart what is declared and what is not", () => {
    expect(typed.code).toBe(1);
    const seen = new Set(edges("SeenNotDeclared"));
    expect([...seen].filter((edge) => TRUTH.includes(edge)).sort()).toEqual([...FORGOTTEN].sort());
    expect(edges("DeclaredNotSeen")).toContain("shopper -> mail:8080");
  });

  test("writes what was forgotten into both drafts, marked, and keeps the rest", () => {
    const text = (name: string): string => readFileSync(join(folder, `${name}.yaml`), "utf8");
    const { access } = parse(text("count")).spec;
    expect(access.outbound).toContainEqual({ workload: "tally", port: 8080 });
    expect(text("count")).toMatch(/^# of the team\n/);
    expect(text("count")).toContain("# learn: seen, not declared: ");
    expect(parse(text("tally")).spec.access.inbound).toContainEqual({ workload: "count", port: 8080 });
    expect(text("mail")).toContain("learn: not seen");
  });

  test("sees which directory a program writes", () => {
    const { writes } = learned;
    expect({ writes, stderr: typed.stderr }).toMatchObject({
      writes: expect.arrayContaining([
        { workload: `${namespace}/ads`, directory: expect.stringMatching(/^\/tmp/), hides: false, declared: false },
      ]),
    });
  });

  test("leaves pods that run on, each with a watcher that has ended", async () => {
    const { items } = JSON.parse(await kubectl(cluster, ["get", "pods", "-n", namespace, "-o", "json"]));
    expect(items).toHaveLength(Object.keys(GRAPH).length);
    const running = items.map(({ status }: Pod) =>
      status.containerStatuses.map(({ restartCount, ready }) => `${restartCount} ${ready}`).join(),
    );
    expect(new Set(running)).toEqual(new Set(["0 true"]));
    const ended = (): Promise<boolean> =>
      kubectl(cluster, ["get", "pods", "-n", namespace, "-o", "json"]).then((text) =>
        (JSON.parse(text).items as readonly Pod[]).every(({ status }) =>
          isOver(status.ephemeralContainerStatuses ?? []),
        ),
      );
    await until(ended, "every watcher to end", 60_000);
  }, 90_000);

  test("says what nobody can see", () => {
    expect(learned.left.join("\n")).toMatch(/UDP/);
    expect(learned.left.filter((line) => /^pod |^files of/.test(line))).toEqual([]);
  });
});

type Ephemeral = { readonly state: { readonly terminated?: { readonly exitCode: number } } };

const isOver = (containers: readonly Ephemeral[]): boolean =>
  containers.length > 0 && containers.every(({ state }) => state.terminated?.exitCode === 0);

interface Pod {
  readonly status: {
    readonly containerStatuses: readonly { readonly restartCount: number; readonly ready: boolean }[];
    readonly ephemeralContainerStatuses?: readonly Ephemeral[];
  };
}

describe("palisade learn, in a namespace that Palisade guards", () => {
  const namespace = uniqueNamespace("learn-guarded");
  const exception = uniqueNamespace("learn-glass");
  let cluster: TestCluster;

  const server = {
    image: IMAGES.agnhost,
    args: ["netexec", "--http-port=8080"],
    ports: [{ name: "http", port: 8080 }],
    probes: { readiness: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 } },
    access: { inbound: [{ workload: "client" }] },
  };
  const client = {
    image: IMAGES.agnhost,
    command: ["/bin/sh", "-c", "while true; do curl -s -o /dev/null --max-time 3 http://server:8080/; sleep 1; done"],
    ports: [],
    access: { outbound: [{ workload: "server", port: 8080 }] },
  };
  const learn = (): Promise<Typed> =>
    typePalisade(cluster, ["learn", "-n", namespace, "--for", "6s", "--image", "registry.example.com/none:1"], "alice");

  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, { server, client });
  }, 120_000);
  afterAll(() => cluster.kubectl(["delete", "securityexception", exception, "--ignore-not-found"]));

  test("says what it takes, by name", async () => {
    const { code, stderr } = await learn();
    expect(code).toBe(0);
    expect(stderr).toContain("pods of SecureWorkload client, server, in which admission allows no ephemeral container");
    expect(stderr).toContain("breakGlass: { user: alice }");
  }, 120_000);

  test("goes through break-glass where it is open", async () => {
    const input = {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityException",
      metadata: { name: exception },
      spec: {
        workload: { namespace, name: "client" },
        breakGlass: { user: "alice" },
        validFor: "30m",
        reason: "learn what it calls",
        requestedBy: "the test",
      },
    };
    await kubectl(cluster, ["create", "-f", "-"], { user: "platform", input });
    await kubectl(cluster, ["wait", "--for=condition=Active", `sx/${exception}`, "--timeout=60s"]);
    const { code, stdout, stderr } = await learn();
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    expect(stdout).toContain("declared and seen: 1\n  client -> server:8080");
    expect(stderr).not.toContain("admission allows no ephemeral container");
  }, 180_000);
});
