/** What differs from cluster to cluster, and what people run beside Palisade: it works, or is refused in words that name the way. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { DEFAULT_DENY_NAME } from "../../src/names.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { asAccount, WITH_TOKEN } from "../support/as-account.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";
import { objectsOf } from "../support/yaml-files.ts";

const NAMES = "names";
const CERTIFIED = "certified";
const RESTORED = "backed-up";
const SCALED = "scaled";

const held = [CERTIFIED, SCALED].map((name) => ({ name, enrolment: "Sealed" }));
const BASELINE = { leaveObservingAfterSeconds: 0, namespaces: held };

const palisade = usePalisade({
  admission: ADMISSION_POLICIES,
  baseline: BASELINE,
  crds: ["scaledobjects"],
  namespaces: [NAMES, CERTIFIED, RESTORED, SCALED],
  kubelet: "all",
});
const { cluster, kubelet } = palisade;

const caseFile = (name: string): readonly KubeObject[] =>
  objectsOf(readFileSync(join(import.meta.dirname, "..", "cases", `${name}.yaml`), "utf8"));

const apply = (input: object): Promise<string> =>
  kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", "-"], { input });

async function applyCase(name: string): Promise<void> {
  for (const object of caseFile(name)) await apply(object);
}

/** What a creation is refused with; fails where it is not. */
async function refusal(object: object, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await cluster.kubectl(["create", "-f", "-", ...args], { input: JSON.stringify(object) });
  expect({ code, stderr }).toMatchObject({ code: 1 });
  return stderr;
}

const isReady = async (namespace: string, name: string): Promise<boolean> =>
  (await lookAt(cluster, namespace).condition(name, "Ready"))?.status === "True";

const bindCluster = (name: string, account: string, role = "cluster-admin"): Promise<string> =>
  kubectl(cluster, ["create", "clusterrolebinding", name, `--clusterrole=${role}`, `--serviceaccount=${account}`]);

test("DNS is open where its pods listen, whatever the Service calls that", async () => {
  await applyCase("dns-named-port");
  const deny = lookAt(cluster, NAMES);
  await until(
    async () => JSON.stringify((await deny.get("networkpolicy", DEFAULT_DENY_NAME)) ?? {}).includes("5353"),
    "the way to the pods' port",
  );
  const [rule] = field(await deny.get("networkpolicy", DEFAULT_DENY_NAME), "spec.egress") as [{ ports: unknown }];
  expect(rule.ports).toEqual([
    { port: 5353, protocol: "UDP" },
    { port: 5353, protocol: "TCP" },
  ]);
  await until(() => isReady(NAMES, "web"), "the workload");
});

test("scratch keeps no node, and nothing else is said of eviction", async () => {
  const deployment = await lookAt(cluster, NAMES).get("deployment", "web");
  expect(field(deployment, "spec.template.metadata.annotations")).toMatchObject({
    "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "scratch-0,shared-cache",
  });
  expect(JSON.stringify(deployment)).not.toContain('autoscaler.kubernetes.io/safe-to-evict"');
});

test("a claim that no user namespace can map is told, with the way out", async () => {
  await applyCase("network-filesystem");
  const { condition } = lookAt(cluster, NAMES);
  await until(async () => (await condition("archivist", "Limited"))?.reason === "ClaimNotMappable", "the condition");
  expect((await condition("archivist", "Limited"))?.message).toMatch(/data \(NFS\).*ext4 or xfs.*lifts no-host-users/);
});

describe("KEDA", () => {
  const KEDA = "system:serviceaccount:kube-system:keda-operator";
  const schedule = [{ start: "0 8 * * 1-5", end: "0 18 * * 1-5", timeZone: "Europe/Berlin", replicas: 2 }];
  const look = lookAt(cluster, SCALED);

  test("works from any namespace: it marks its object, makes an autoscaler of it and scales", async () => {
    await bindCluster("keda-add-on", "kube-system:keda-operator");
    await apply(aWorkload("web", SCALED, { autoscaling: { minReplicas: 0, maxReplicas: 4, schedule } }));
    await until(async () => (await look.get("scaledobject", "web")) !== undefined, "the ScaledObject");
    await until(() => isReady(SCALED, "web"), "the workload");
    const marks = { finalizers: ["finalizer.keda.sh"], labels: { "scaledobject.keda.sh/name": "web" } };
    const as = ["-n", SCALED, `--as=${KEDA}`, WITH_TOKEN];
    await kubectl(cluster, [
      "patch",
      "scaledobject",
      "web",
      "--type=merge",
      "-p",
      JSON.stringify({ metadata: marks }),
      ...as,
    ]);
    const scaledObject = await look.get("scaledobject", "web");
    const owner = {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: "web",
      uid: scaledObject?.metadata.uid,
      controller: true,
    };
    const autoscaler = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: {
        name: "palisade-web",
        namespace: SCALED,
        labels: scaledObject?.metadata.labels,
        ownerReferences: [owner],
      },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 4,
      },
    };
    await kubectl(cluster, ["create", "-f", "-", ...as], { input: autoscaler });
    await kubectl(cluster, ["scale", "deployment/web", "--replicas=0", ...as]);
    expect(await look.get("hpa", "palisade-web")).toBeDefined();
    expect(await look.corrections()).toEqual([]);
  });

  test("is not whoever calls an account so", async () => {
    await kubectl(cluster, ["create", "namespace", "keda"]);
    await kubectl(cluster, [
      "create",
      "rolebinding",
      "pretender",
      "--clusterrole=admin",
      "--serviceaccount=keda:keda-operator",
      "-n",
      SCALED,
    ]);
    const { code, stderr } = await cluster.kubectl([
      "scale",
      "deployment/web",
      "--replicas=3",
      "-n",
      SCALED,
      ...asAccount("keda", "keda-operator"),
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("kubectl scale secureworkload/web"),
    });
  });
});

describe("callers of the platform", () => {
  const problem = async (): Promise<string> => {
    const baseline = JSON.parse(
      await kubectl(cluster, ["get", "securitybaseline", "cluster", "-o", "json"]),
    ) as Baseline;
    return baseline.status?.conditions?.find(({ type }) => type === "CallersMissing")?.message ?? "";
  };
  interface Baseline {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly message: string }[] };
  }

  test("may be networks, where what calls has no pods", async () => {
    await setBaseline(cluster, { ...BASELINE, callers: { gateway: { cidrs: ["35.191.0.0/16"] } } });
    await apply(aWorkload("edge", NAMES, { access: { inbound: [{ gateway: true }] } }));
    await until(
      async () =>
        (JSON.stringify(await lookAt(cluster, NAMES).get("networkpolicy", "edge")) ?? "").includes('"35.191.0.0/16"'),
      "the network in the policy",
    );
    await until(() => isReady(NAMES, "edge"), "the workload");
  });

  test("are told where nothing bears their labels, and where their pods are on the host network", async () => {
    const podLabels = [{ key: "app", value: "gateway" }];
    await setBaseline(cluster, { ...BASELINE, callers: { gateway: { namespace: "edge", podLabels } } });
    await until(
      async () => (await problem()).includes("no pod in namespace edge has the labels app=gateway"),
      "the word",
    );
    await kubectl(cluster, ["create", "namespace", "edge"]);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "gateway", namespace: "edge", labels: { app: "gateway" } },
    };
    await apply({
      ...pod,
      spec: { hostNetwork: true, containers: [{ name: "gateway", image: "registry.example.com/g:1" }] },
    });
    await until(async () => (await problem()).includes("on the host network"), "the other word", 40_000);
    await setBaseline(cluster, BASELINE);
  });
});

describe("beside Palisade", () => {
  test("an HTTP-01 solver is refused with the way to certificates", async () => {
    await bindCluster("cert-manager", "cert-manager:cert-manager");
    await apply(aWorkload("web", CERTIFIED));
    await until(() => isReady(CERTIFIED, "web"), "the workload");
    const as = "--as=system:serviceaccount:cert-manager:cert-manager";
    for (const object of caseFile("acme-solver"))
      expect(await refusal(object, as)).toMatch(/HTTP-01 solver .* use a DNS-01 solver, or .* docs\/guides\/beside.md/);
  });

  test("an EndpointSlice for other clusters is taken, and an imported Service refused with the way", async () => {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.0.2.9"] }],
      ports: [],
    };
    const labels = { "multicluster.kubernetes.io/service-name": "web" };
    await kubectl(cluster, ["create", "-f", "-"], {
      input: { ...slice, metadata: { name: "web-east", namespace: CERTIFIED, labels } },
    });
    const stealing = { ...labels, "kubernetes.io/service-name": "other" };
    expect(
      await refusal({ ...slice, metadata: { name: "web-west", namespace: CERTIFIED, labels: stealing } }),
    ).toContain("import them in another namespace");
  });

  test.each([
    { group: "argoproj.io", version: "v1alpha1", kind: "Rollout", plural: "rollouts", ref: "workloadRef" },
    { group: "flagger.app", version: "v1beta1", kind: "Canary", plural: "canaries", ref: "targetRef" },
  ])("a $kind that takes over a workload is refused with the way", async ({ group, version, kind, plural, ref }) => {
    await apply(definitionOf({ group, version, kind, plural }));
    await kubectl(cluster, ["wait", "--for=condition=Established", `crd/${plural}.${group}`, "--timeout=30s"]);
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    const object = {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: "web", namespace: NAMES },
      spec: { [ref]: target },
    };
    await until(
      async () =>
        (
          await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], { input: JSON.stringify(object) })
        ).stderr.includes("rolls itself out"),
      "the refusal",
    );
    expect(await refusal({ ...object, metadata: { name: "own", namespace: CERTIFIED }, spec: {} })).toContain(
      "spec.rollout",
    );
  });
});

function definitionOf({
  group,
  version,
  kind,
  plural,
}: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}): object {
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: "Namespaced", names, versions: [{ name: version, served: true, storage: true, schema }] },
  };
}

describe("a namespace that is restored from a backup", () => {
  /** In the order in which Velero restores them. */
  const KINDS = [
    "persistentvolumeclaims",
    "secrets",
    "configmaps",
    "serviceaccounts",
    "pods",
    "replicasets.apps",
    "deployments.apps",
    "statefulsets.apps",
    "services",
    "endpointslices.discovery.k8s.io",
    "networkpolicies",
    "roles",
    "rolebindings",
    "poddisruptionbudgets",
    "secureworkloads",
  ];
  const KEPT = ["persistentvolumeclaims", "secrets", "configmaps", "secureworkloads"];
  const look = lookAt(cluster, RESTORED);

  /** As Velero writes it: owners as they were, which get other uids. */
  function backedUp({ status: _status, metadata, ...rest }: KubeObject): KubeObject {
    const {
      uid: _uid,
      resourceVersion: _version,
      creationTimestamp: _created,
      managedFields: _fields,
      generation: _generation,
      ...kept
    } = metadata;
    return {
      ...rest,
      metadata: { ...kept, labels: { ...kept.labels, "velero.io/restore-name": "nightly" } },
    } as KubeObject;
  }

  const areReady = async (): Promise<boolean> => (await isReady(RESTORED, "db")) && (await isReady(RESTORED, "web"));

  const backup = new Map<string, readonly KubeObject[]>();
  let namespace: KubeObject | undefined;

  /** What the API server says to each that it refuses; what is there already is skipped. */
  async function restore(kinds: readonly string[]): Promise<readonly string[]> {
    expect(await create({ ...namespace, spec: undefined })).toBeUndefined();
    const refused: string[] = [];
    for (const object of kinds.flatMap((kind) => backup.get(kind) ?? [])) refused.push((await create(object)) ?? "");
    return refused.filter((words) => words !== "");
  }

  async function create(object: object): Promise<string | undefined> {
    const { code, stderr } = await cluster.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
    return code === 0 || stderr.includes("AlreadyExists") ? undefined : stderr;
  }

  const reasonOf = async (name: string): Promise<string | undefined> => (await look.condition(name, "Ready"))?.reason;

  test("is backed up while it runs", async () => {
    kubelet.fates.set("registry.example.com/shop/migrate:1", "succeeds");
    await applyCase("backed-up");
    await until(areReady, "both workloads", 60_000);
    await until(async () => (await reasonOf("migrate")) === "Completed", "the Job to end");
    // Velero restores no pod and no Job that ended.
    for (const kind of KINDS)
      backup.set(
        kind,
        (await look.list(kind)).filter((object) => field(object, "status.phase") !== "Succeeded").map(backedUp),
      );
    namespace = backedUp(
      JSON.parse(await kubectl(cluster, ["get", "namespace", RESTORED, "-o", "json"])) as KubeObject,
    );
  }, 90_000);

  test.each([
    { what: "everything", kinds: KINDS },
    { what: "the four kinds that the runbook keeps", kinds: KEPT },
  ])(
    "comes up as it was from $what, and whatever is refused names the way",
    async ({ kinds }) => {
      await kubectl(cluster, ["delete", "namespace", RESTORED, "--timeout=60s"]);
      await kubectl(cluster, ["patch", "pv", "disk", "--type=json", "-p", '[{"op":"remove","path":"/spec/claimRef"}]']);
      const refused = await restore(kinds);
      await until(areReady, "both workloads again", 90_000).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${refused.join("; ")}`);
      });
      const byUs = refused.filter((words) => words.includes("palisade-"));
      expect(byUs.filter((words) => !words.includes("docs/runbooks/restore.md"))).toEqual([]);
      expect((await look.list("persistentvolumeclaims")).map(({ metadata }) => metadata.name)).toEqual(["data-db-0"]);
      await until(async () => (await look.list("pods")).length === 2, "as many pods as are declared", 60_000);
      await until(async () => (await reasonOf("migrate")) === "RunHeld", "the Job to be held");
      expect(await look.list("jobs")).toEqual([]);
      await until(async () => (await ownerless()).length === 0, "nothing that a dead owner left", 60_000);
    },
    240_000,
  );

  test("runs its Job again as soon as somebody says so", async () => {
    await kubectl(cluster, ["label", "sw", "migrate", "velero.io/restore-name-", "-n", RESTORED], { user: "platform" });
    await until(async () => (await reasonOf("migrate")) === "Completed", "the Job to end again");
  });

  /** What refers to an owner that does not live. */
  async function ownerless(): Promise<readonly string[]> {
    const all = (await Promise.all(KINDS.map((kind) => look.list(kind)))).flat();
    const uids = new Set(all.map(({ metadata }) => metadata.uid));
    return all
      .filter(({ metadata }) =>
        (metadata.ownerReferences ?? []).some(({ uid, kind }) => kind !== "Node" && !uids.has(uid)),
      )
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  }
});
