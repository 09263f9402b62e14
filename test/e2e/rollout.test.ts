/** No change of a spec takes down what works: the version before serves until the new one does, and a stalled one says why. */
import { type TestCluster, until } from "../cluster/index.ts";
import { declare, runApplication } from "./support/application.ts";
import { IMAGES, kubectl, podOf, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";
import { beginPolls, expectNoGap, type Polls, pollerOf } from "./support/poller.ts";

const server = (poller: string) => ({
  image: IMAGES.podinfo,
  ports: [{ name: "http", port: 9898 }],
  // Rules of the pod's network follow its start, and its end, within a moment.
  probes: { readiness: { httpGet: { path: "/readyz", port: 9898 }, initialDelaySeconds: 5, timeoutSeconds: 5 } },
  lifecycle: { preStop: { sleepSeconds: 10 } },
  scratch: [{ path: "/data" }],
  access: { inbound: [{ workload: poller }] },
});

const SHORT = { rollout: { progressDeadlineSeconds: 60 } };

const WORKLOADS = {
  env: { ...server("env-poller"), ...SHORT },
  file: { ...server("file-poller"), ...SHORT },
  type: server("type-poller"),
  "env-poller": pollerOf("env", 9898),
  "file-poller": pollerOf("file", 9898),
  "type-poller": pollerOf("type", 9898),
  mended: { ...server("nobody"), type: "StatefulSet", lifecycle: {}, access: {} },
};

type Server = "env" | "file" | "type" | "mended";

const keyFile = (secret: string) => ({ files: [{ path: "/keys", secret: { name: secret } }] });

describe("a change of a spec", () => {
  const namespace = uniqueNamespace("rollout");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, WORKLOADS);
  }, 120_000);

  const get = async (what: string, path: string): Promise<string> =>
    (await cluster.kubectl(["get", what, "-n", namespace, "-o", `jsonpath=${path}`])).stdout;

  const condition = (workload: Server, type: string, field: string): Promise<string> =>
    get(`sw/${workload}`, `{.status.conditions[?(@.type=="${type}")].${field}}`);

  const begin = (workload: Server): Promise<Polls> => beginPolls(cluster, namespace, `${workload}-poller`);

  const change = (workload: Server, fields: object): Promise<void> =>
    declare(cluster, namespace, { [workload]: { ...WORKLOADS[workload], ...fields } });

  async function makeSecret(name: string): Promise<void> {
    const input = { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { key: "value" } };
    await kubectl(cluster, ["apply", "-f", "-", "-n", namespace], { user: "alice", input });
  }

  const untilReadyNames = (workload: Server, secret: string): Promise<void> => {
    const message = async (): Promise<string> => condition(workload, "Ready", "message");
    return until(async () => (await message()).includes(secret), `Ready to name ${secret}`, 60_000);
  };

  describe("that names a Secret which is not there", () => {
    const CASES = [
      {
        as: "a variable",
        workload: "env",
        secret: "env-key",
        fields: { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "env-key", key: "key" } } }] },
      },
      { as: "a file", workload: "file", secret: "file-key", fields: keyFile("file-key") },
    ] as const;

    const begun = new Map<Server, { readonly polls: Polls; readonly before: string }>();
    beforeAll(async () => {
      for (const { workload, fields } of CASES) {
        begun.set(workload, { polls: await begin(workload), before: await podOf(cluster, namespace, workload) });
        await change(workload, fields);
      }
    }, 90_000);

    const beginningOf = (workload: Server) => {
      const found = begun.get(workload);
      if (found === undefined) throw new Error(`${workload} was not changed`);
      return found;
    };

    test.each(CASES)(
      "as $as: is not ready, and Ready names the Secret",
      async ({ workload, secret }) => {
        await untilReadyNames(workload, secret);

        expect(await condition(workload, "Ready", "status")).toBe("False");
      },
      90_000,
    );

    test.each(CASES)(
      "as $as: counts as stalled after its deadline, and says why in one condition",
      async ({ workload, secret }) => {
        const reason = (): Promise<string> => condition(workload, "Stalled", "reason");

        await until(async () => (await reason()) === "RolloutStalled", "the rollout to count as stalled", 120_000);

        const message = await condition(workload, "Stalled", "message");
        expect(message).toContain(secret);
        expect(message).toContain("The previous revision keeps serving");
      },
      150_000,
    );

    test.each(CASES)("as $as: has left the pod before it alone", async ({ workload }) => {
      const { before } = beginningOf(workload);
      const path = "{.metadata.deletionTimestamp}{.status.containerStatuses[0].ready}";

      expect(await get(`pod/${before}`, path)).toBe("true");
    });

    test.each(CASES)(
      "as $as: rolls out when the Secret comes, and nobody saw a gap",
      async ({ workload, secret }) => {
        const { polls, before } = beginningOf(workload);
        await makeSecret(secret);

        const ready = (): Promise<string> => condition(workload, "Ready", "status");
        await until(async () => (await ready()) === "True", "the rollout once the Secret is there", 180_000);
        await until(async () => (await get(`pod/${before}`, "{.metadata.name}")) === "", "the end of the pod before");
        await expectNoGap(polls);
      },
      240_000,
    );
  });

  const pods = async (): Promise<readonly string[]> =>
    (await get("pods", '{.items[?(@.metadata.labels.palisade\\.dev/workload=="type")].metadata.name}')).split(" ");

  const standsAlone = async (type: string): Promise<void> => {
    await until(async () => (await get(`${type}/type`, "{.status.readyReplicas}")) === "1", `the ${type}`, 120_000);
    await until(async () => (await pods()).length === 1, "the end of the pods before", 60_000);
    await untilReady(cluster, namespace, "type");
  };

  test("of the type has the Deployment serve while the StatefulSet waits for a Secret, and until it is ready", async () => {
    const polls = await begin("type");

    await change("type", { type: "StatefulSet", ...keyFile("type-key") });
    await untilReadyNames("type", "type-key");
    expect(await get("deployment/type", "{.status.readyReplicas}")).toBe("1");
    await makeSecret("type-key");

    await standsAlone("StatefulSet");
    expect(await get("deployment/type", "{.metadata.name}")).toBe("");
    await expectNoGap(polls);
  }, 300_000);

  test("of the type back has the StatefulSet serve until the Deployment is ready", async () => {
    const polls = await begin("type");

    await change("type", { type: "Deployment" });

    await standsAlone("Deployment");
    expect(await get("statefulset/type", "{.metadata.name}")).toBe("");
    await expectNoGap(polls);
  }, 300_000);

  test("that breaks a StatefulSet is undone by the next one, though the broken pod never worked", async () => {
    await change("mended", keyFile("nowhere"));
    await untilReadyNames("mended", "nowhere");

    await change("mended", {});

    await until(
      async () => (await condition("mended", "Ready", "status")) === "True",
      "the pod of the mended spec",
      60_000,
    );
    expect(await get("pod/mended-0", "{.spec.volumes[*].secret.secretName}")).toBe("");
  }, 150_000);
});
