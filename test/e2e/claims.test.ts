/** Claims grow, come and are managed otherwise, and no client of three replicas notices. */
import { type TestCluster, until } from "../cluster/index.ts";
import { declare, runApplication } from "./support/application.ts";
import { IMAGES, kubectl, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";
import { beginPolls, expectNoGap, pollerOf } from "./support/poller.ts";

const PODS = [0, 1, 2];

describe("the claims of a StatefulSet with three replicas", () => {
  const namespace = uniqueNamespace("claims");
  const storageClass = namespace;
  const claim = (name: string, size: string): object => ({ name, path: `/${name}`, size, storageClass });

  const store = {
    type: "StatefulSet",
    replicas: PODS.length,
    image: IMAGES.podinfo,
    ports: [{ name: "http", port: 9898 }],
    // Rules of the pod's network follow its start, and its end, within a moment.
    probes: { readiness: { httpGet: { path: "/readyz", port: 9898 }, initialDelaySeconds: 5, timeoutSeconds: 5 } },
    lifecycle: { preStop: { sleepSeconds: 10 } },
    claims: [claim("data", "1Gi")],
    access: { inbound: [{ workload: "poller" }] },
  };

  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    const volumes = ["data", "logs"].flatMap((name) => PODS.map((pod) => volumeFor(`${name}-${pod}`)));
    for (const input of [CLASS, ...volumes]) await kubectl(cluster, ["apply", "-f", "-"], { input });
    await runApplication(cluster, namespace, { store, poller: pollerOf("store", 9898) });
  }, 180_000);

  const CLASS = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: storageClass },
    provisioner: "kubernetes.io/no-provisioner",
    allowVolumeExpansion: true,
    volumeBindingMode: "WaitForFirstConsumer",
  };

  const volumeFor = (name: string): object => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${namespace}-${name}` },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: storageClass,
      hostPath: { path: `/var/lib/${namespace}/${name}`, type: "DirectoryOrCreate" },
    },
  });

  const get = async (what: string, path: string): Promise<string> =>
    (await cluster.kubectl(["get", what, "-n", namespace, "-o", `jsonpath=${path}`])).stdout;

  const podUids = (): Promise<string> =>
    get("pods", '{.items[?(@.metadata.labels.palisade\\.dev/workload=="store")].metadata.uid}');

  const reason = (): Promise<string> => get("sw/store", '{.status.conditions[?(@.type=="Ready")].reason}');
  const untilReason = (wanted: string, withinMs = 60_000): Promise<void> =>
    until(async () => (await reason()) === wanted, `Ready to be ${wanted}`, withinMs);

  /** What a storage driver says once it has grown the volume: the node has none. */
  const grown = (pod: number): Promise<string> => {
    const status = JSON.stringify({ status: { capacity: { storage: "2Gi" } } });
    const of = ["patch", "pvc", `data-store-${pod}`, "-n", namespace, "--subresource=status", "--type=merge"];
    return kubectl(cluster, [...of, "-p", status]);
  };

  test("grow under pods that go on, and no client sees a gap", async () => {
    const polls = await beginPolls(cluster, namespace, "poller");
    const before = await podUids();

    await declare(cluster, namespace, { store: { ...store, claims: [claim("data", "2Gi")] } });
    await untilReason("ClaimsGrowing");
    for (const pod of PODS)
      expect(await get(`pvc/data-store-${pod}`, "{.spec.resources.requests.storage}")).toBe("2Gi");
    for (const pod of PODS) await grown(pod);
    await untilReason("Running");

    expect(await podUids()).toBe(before);
    await expectNoGap(polls);
  }, 180_000);

  test("become one more, with pods replaced one at a time, and no client sees a gap", async () => {
    const polls = await beginPolls(cluster, namespace, "poller");
    const claims = [claim("data", "2Gi"), claim("logs", "1Gi")];

    await declare(cluster, namespace, { store: { ...store, claims, podManagement: "Parallel" } });
    const mounts = (): Promise<string> =>
      get("pods", '{.items[*].spec.volumes[?(@.name=="logs")].persistentVolumeClaim.claimName}');
    const all = PODS.map((pod) => `logs-store-${pod}`).join(" ");
    await until(async () => (await mounts()).split(" ").sort().join(" ") === all, "every pod to have it", 240_000);
    await untilReason("Running", 120_000);
    await untilReady(cluster, namespace, "store");

    await expectNoGap(polls);
  }, 420_000);
});
