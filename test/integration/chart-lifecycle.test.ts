/** The chart on a real cluster, by both Helms: installed, upgraded while policies stand, checked, and removed. No pod of it runs: there is no node. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, createTransport, type KubeObject, kubeconfigConnection, systemClock } from "kopf-ts";
import { pino } from "pino";
import { controlPlaneKnown } from "../../src/commands/check/control-plane.ts";
import { definitionsServed } from "../../src/commands/check/definitions.ts";
import { keeperLeads, operatorLeads } from "../../src/commands/check/lease.ts";
import { policiesStand } from "../../src/commands/check/policies.ts";
import { METRICS_SERVICE } from "../../src/commands/check/probes.ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { DEFAULT_INSTALLATION, KEEPER_NAME } from "../../src/installation.ts";
import { createElector } from "../../src/kopf/leader-election.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { type CommandResult, listOf, runProgram } from "../cluster/kubectl.ts";
import { applyPolicies } from "../support/admission.ts";
import { NAMESPACE, objectNamed, renderChart, withImage } from "../support/chart.ts";
import { clientOf, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { CHART, HELM_VERSIONS, helm, helmBinary, mustHelm } from "../support/helm.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";
import { objectsOf } from "../support/yaml-files.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const CRDS = CUSTOM_KINDS.map(({ resource }) => `crd/${crdNameOf(resource)}`);

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  for (const version of HELM_VERSIONS) await helmBinary(version);
}, 900_000);

const exists = async (what: string, ...args: readonly string[]): Promise<boolean> =>
  (await cluster.kubectl(["get", what, ...args])).code === 0;

/** What of an object is the release's: who owns which of its fields, without what controllers write. */
function ownership({ kind, metadata }: KubeObject): readonly [string, unknown] {
  const entries = (metadata.managedFields ?? []).filter(
    ({ subresource, manager }) => subresource === undefined && manager !== "kube-controller-manager",
  );
  return [`${kind}/${metadata.name}`, { generation: metadata.generation, entries }];
}

async function ownershipOf(manifest: string): Promise<ReadonlyMap<string, unknown>> {
  const objects = objectsOf(manifest).filter((object) => object !== null);
  const get = ["get", "-n", NAMESPACE, "-o", "json", "--show-managed-fields", "-f", "-"];
  const { items } = JSON.parse(await kubectl(cluster, get, { input: JSON.parse(listOf(objects)) })) as {
    readonly items: readonly KubeObject[];
  };
  return new Map(items.map(ownership));
}

const check = (...flags: readonly string[]): Promise<CommandResult> =>
  runProgram(process.execPath, [
    MAIN,
    "check",
    "--kubeconfig",
    cluster.kubeconfig(),
    "--namespace",
    NAMESPACE,
    ...flags,
  ]);

/** As the endpoints of a pod of the operator that is ready. */
const READY = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: "stand-in",
    namespace: NAMESPACE,
    labels: { "kubernetes.io/service-name": METRICS_SERVICE, "endpointslice.kubernetes.io/managed-by": "test" },
  },
  addressType: "IPv4",
  endpoints: [{ addresses: ["192.0.2.77"], conditions: { ready: true } }],
  ports: [{ name: "http", port: 8080 }],
};

/** Holds the keeper's Lease in its place, so that the policies stay as a test leaves them. */
async function holdKeeperLease(): Promise<{ stop(): Promise<void> }> {
  const { client, close } = await clientOf(cluster);
  const stop = new AbortController();
  const place = { client, namespace: NAMESPACE, name: KEEPER_NAME };
  const elector = createElector({
    ...place,
    identity: "keeper",
    clock: systemClock,
    logger: pino({ level: "silent" }),
  });
  const onStarted = () => new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
  const ended = elector.run(stop.signal, { onStarted });
  return {
    stop: async () => {
      stop.abort();
      await ended;
      await close();
    },
  };
}

describe.each(HELM_VERSIONS)("Helm %p", (version) => {
  const shop = `shop-${version}`;
  let palisade: RunningPalisade | undefined;
  let keeper: { stop(): Promise<void> } | undefined;

  const run = (args: readonly string[], values: object = {}): Promise<CommandResult> =>
    helm(version, [...args, "--namespace", NAMESPACE], {
      kubeconfig: cluster.kubeconfig(),
      input: withImage({ ...values }),
    });
  const must = async (args: readonly string[], values: object = {}): Promise<string> => {
    const { code, stdout, stderr } = await run(args, values);
    if (code !== 0) throw new Error(`helm ${args[0]}: ${stderr}`);
    return stdout;
  };
  const install = ["install", "palisade", CHART, "--create-namespace", "--values", "-"];
  const upgrade = ["upgrade", "palisade", CHART, "--values", "-"];

  afterAll(async () => {
    await palisade?.stop();
    await keeper?.stop();
    await cluster?.kubectl(["delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", "--all"]);
    await cluster?.kubectl(["delete", "namespace", shop, "--wait=false"]);
  });

  test("installs, and says what to do next", async () => {
    const notes = await must(install);
    expect(notes).toContain(`helm test palisade --namespace ${NAMESPACE}`);
    expect(notes).not.toContain("WARNING");
    await kubectl(cluster, ["wait", "--for=condition=Established", ...CRDS, "--timeout=30s"]);
    for (const deployment of ["palisade", "palisade-admission"])
      expect([deployment, await exists("deployment", deployment, "-n", NAMESPACE)]).toEqual([deployment, true]);
  }, 120_000);

  test("the operator works under the roles of the chart", async () => {
    palisade = await runPalisade(cluster);
    await kubectl(cluster, ["create", "namespace", shop]);
    await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("web", shop) });
    await until(() => exists("deployment", "web", "-n", shop), "the Deployment of the workload");
  }, 120_000);

  test("check says that all is well, and helm test's account may see as much", async () => {
    await applyPolicies(cluster, ADMISSION_POLICIES);
    keeper = await holdKeeperLease();
    await kubectl(cluster, ["apply", "-f", "-"], { input: READY });
    const { code, stdout, stderr } = await check();
    const lines = stdout.trim().split("\n").sort();
    expect([
      code,
      lines.map((line) => line.split(":")[0]),
      stderr.replace("palisade check: still working\n", ""),
    ]).toEqual([
      0,
      ["ok  controlPlane", "ok  definitions", "ok  keeper", "ok  operator", "ok  policies", "ok  probes"],
      "",
    ]);
    const rights = (await renderChart(4, {})).filter(
      ({ kind, metadata }) => kind !== "Pod" && metadata.annotations?.["helm.sh/hook"] === "test",
    );
    await kubectl(cluster, ["apply", "-f", "-"], { input: JSON.parse(listOf(rights)) });
    const path = await cluster.serviceAccountKubeconfig(NAMESPACE, "palisade-check");
    const transport = createTransport(await kubeconfigConnection({ path }));
    const client = createClient(transport, "palisade");
    const surroundings = {
      client,
      clock: systemClock,
      installation: DEFAULT_INSTALLATION,
      signal: new AbortController().signal,
      shards: 1,
      probes: undefined,
    };
    for (const question of [definitionsServed, policiesStand, controlPlaneKnown, keeperLeads, operatorLeads])
      expect(await question(surroundings)).toMatchObject({ holds: true });
    await transport.close();
    await kubectl(cluster, ["delete", "-f", "-"], { input: JSON.parse(listOf(rights)) });
  }, 120_000);

  test("check says what is missing, and fails", async () => {
    const name = ADMISSION_POLICIES[0]?.name ?? "";
    await kubectl(cluster, ["delete", "validatingadmissionpolicy", name]);
    const { code, stdout } = await check("--wait", "0");
    await applyPolicies(cluster, ADMISSION_POLICIES);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `FAIL  policies: ValidatingAdmissionPolicy/${name} is missing: the policy controller should restore them`,
    );
  }, 120_000);

  test("upgrading to the same changes nothing, under the admission policies and after the operator worked", async () => {
    const manifest = await must(["get", "manifest", "palisade"]);
    const before = await ownershipOf(manifest);
    await must(upgrade);
    const after = await ownershipOf(manifest);
    expect(after.size).toBeGreaterThan(20);
    expect(after).toEqual(before);
  }, 120_000);

  test("upgrading to other values changes what they say", async () => {
    expect(await must(upgrade, { replicas: 3 })).toContain("3 replicas");
    const deployment = ["get", "deployment", "palisade", "-n", NAMESPACE, "-o", "jsonpath={.spec.replicas}"];
    expect(await kubectl(cluster, deployment)).toBe("3");
  }, 120_000);

  test("a second installation is refused, and told of the first", async () => {
    const args = ["install", "second", CHART, "--namespace", "other", "--create-namespace", "--values", "-"];
    const { code, stderr } = await helm(version, args, { kubeconfig: cluster.kubeconfig(), input: withImage({}) });
    expect(code).not.toBe(0);
    expect(stderr).toContain(`already installed as release palisade in namespace ${NAMESPACE}`);
  }, 120_000);

  test("removing it leaves definitions and workloads, and installing it again takes them over", async () => {
    await palisade?.stop();
    palisade = undefined;
    await must(["uninstall", "palisade"]);
    expect(await exists("clusterrole", "palisade-operator")).toBe(false);
    for (const crd of CRDS) expect([crd, await exists(crd)]).toEqual([crd, true]);
    expect(await exists("secureworkload", "web", "-n", shop)).toBe(true);
    await must(install);
    expect(await exists("clusterrole", "palisade-operator")).toBe(true);
  }, 120_000);

  test("with crds.keep=false the definitions go, and it was said before", async () => {
    expect(await must(upgrade, { crds: { keep: false } })).toContain("WARNING: crds.keep is false");
    await must(["uninstall", "palisade"]);
    await until(async () => !(await exists(CRDS[0] ?? "")), "the definitions to go");
    for (const crd of CRDS) expect([crd, await exists(crd)]).toEqual([crd, false]);
  }, 120_000);
});

test("a release of Helm 3 is upgraded by Helm 4", async () => {
  const where = ["--namespace", NAMESPACE, "--values", "-"];
  const options = { kubeconfig: cluster.kubeconfig(), input: withImage({}) };
  await mustHelm(3, ["install", "palisade", CHART, "--create-namespace", ...where], options);
  await mustHelm(4, ["upgrade", "palisade", CHART, ...where], {
    ...options,
    input: withImage({ config: { concurrency: 4 } }),
  });
  const config = objectNamed(await renderChart(4, { config: { concurrency: 4 } }), "ConfigMap", "palisade-config");
  const live = JSON.parse(await kubectl(cluster, ["get", "cm", "palisade-config", "-n", NAMESPACE, "-o", "json"]));
  expect((live as KubeObject)["data"]).toEqual(config["data"]);
}, 120_000);
