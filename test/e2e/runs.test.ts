/** Workloads that run to an end: a Job, and a CronJob by the clock; each reaches its declared peer and nothing else. */
import { type TestCluster, until } from "../cluster/index.ts";
import { declare, PATIENTLY, runApplication } from "./support/application.ts";
import { IMAGES, kubectl, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";
import { describeHardening } from "./support/hardening.ts";

const SERVER = {
  image: IMAGES.agnhost,
  args: ["netexec", "--http-port=8080"],
  ports: [{ name: "http", port: 8080 }],
  probes: { readiness: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 } },
};

const SERVERS = {
  server: { ...SERVER, access: { inbound: [{ workload: "tick" }, { workload: "once" }, { workload: "lasting" }] } },
  closed: { ...SERVER, access: { inbound: [] } },
};

const outbound = [
  { workload: "server", port: 8080 },
  { workload: "closed", port: 8080 },
];

/** Succeeds only if the one answers and the other does not. */
const VISIT = [
  "set -e",
  `echo "said: $(curl -sS --fail ${PATIENTLY.join(" ")} "http://server:8080/echo?msg=hello")"`,
  "! curl -sS --max-time 3 http://closed:8080/",
].join("\n");

const run = (script: string) => ({
  image: IMAGES.agnhost,
  command: ["/bin/sh", "-c", script],
  ports: [],
  access: { outbound },
});

const RUNS = {
  tick: { ...run(VISIT), type: "CronJob", schedule: { cron: "* * * * *" } },
  once: { ...run(VISIT), type: "Job" },
  failing: { ...run("exit 3"), type: "Job", job: { retries: 0 } },
  lasting: { ...run("exec sleep 600"), type: "Job" },
  "lasting-tick": { ...run("exec sleep 600"), type: "CronJob", schedule: { cron: "* * * * *" } },
};

describe("what runs to an end", () => {
  const namespace = uniqueNamespace("runs");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, SERVERS);
    await declare(cluster, namespace, RUNS);
  }, 120_000);

  const get = async (what: string, path: string): Promise<string> =>
    (await cluster.kubectl(["get", what, "-n", namespace, "-o", `jsonpath=${path}`])).stdout;

  const ready = (name: string): Promise<string> => get(`sw/${name}`, '{.status.conditions[?(@.type=="Ready")].reason}');

  test("a Job reaches its declared peer alone, ends well, and its workload says so", async () => {
    await until(async () => (await ready("once")) === "Completed", "the end of the Job", 60_000);

    const logs = await kubectl(cluster, ["logs", "-n", namespace, "-l", "palisade.dev/workload=once"]);
    expect(logs).toContain("said: hello");
  }, 90_000);

  test("a Job that fails says so, and that only a person can move it on", async () => {
    await until(async () => (await ready("failing")) === "RunFailed", "the failure of the Job", 60_000);

    expect(await get("sw/failing", '{.status.conditions[?(@.type=="Stalled")].message}')).toContain("Job failed");
  }, 90_000);

  test("a CronJob runs within its minute, and reaches its declared peer alone", async () => {
    await untilReady(cluster, namespace, "tick");
    const ended = async (): Promise<boolean> => (await get("cronjob/tick", "{.status.lastSuccessfulTime}")) !== "";
    const lasts = (): Promise<string> => get("cronjob/lasting-tick", "{.status.active[0].name}");

    await until(ended, "a run that ended well", 120_000);
    await until(async () => (await lasts()) !== "", "a run that lasts");

    expect(await ready("tick")).toBe("Scheduled");
    const logs = await kubectl(cluster, ["logs", "-n", namespace, "-l", "palisade.dev/workload=tick"]);
    expect(logs).toContain("said: hello");
  }, 150_000);

  describeHardening(
    () => ({ cluster, namespace }),
    { workload: "lasting" },
    { workload: "lasting-tick" },
    { workload: "server" },
  );
});
