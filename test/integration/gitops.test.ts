/**
 * Palisade's objects out of a repository, and the operator's life: nothing that a tool applied ever differs from what stands, and the operator
 * comes, goes, returns and changes without a pod being replaced that need not be. The steps are one story, in this order.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { SECURITY_BASELINE } from "../../src/crds/group.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { CONTROLLER_KINDS } from "../../src/expand/child-kinds.ts";
import { namedConfigMaps } from "../../src/expand/configs.ts";
import { type CommandResult, until } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { type AuditEntry, isStored, operatorWrites } from "../support/audit.ts";
import { installPalisade, kubectl } from "../support/cluster.ts";
import { anException } from "../support/exceptions.ts";
import { gitopsVerdicts } from "../support/gitops-judge.ts";
import { field, lookAt } from "../support/look.ts";
import { MARKER, settled } from "../support/marker.ts";
import { recordVersion } from "../support/recorded.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const GOLDEN = join(import.meta.dirname, "..", "golden");
/** A pass that would write comes at once; whatever waits does so for a second or two. */

interface Tool {
  readonly namespace: string;
  readonly apply: readonly string[];
  readonly diff: readonly string[];
  /** The field manager that its objects bear. */
  readonly manager: string;
}

const serverSide = (namespace: string, manager: string): Tool => ({
  namespace,
  apply: ["apply", "--server-side", `--field-manager=${manager}`, "-f", "-"],
  diff: ["diff", "--server-side", `--field-manager=${manager}`, "-f", "-"],
  manager,
});

const TOOLS: readonly Tool[] = [
  serverSide("argo", "argocd-controller"),
  serverSide("flux", "kustomize-controller"),
  {
    namespace: "plain",
    apply: ["apply", "-f", "-"],
    diff: ["diff", "-f", "-"],
    manager: "kubectl-client-side-apply",
  },
];

const MIGRATE = "registry.example.com/shop/migrate:1";

const specs: Readonly<Record<string, object>> = {
  web: {
    replicas: 2,
    files: [{ path: "/etc/app/app.conf", configMap: { name: "settings", key: "app.conf" } }],
    permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    access: { outbound: [{ workload: "db", port: 5432 }] },
  },
  db: { type: "StatefulSet", ports: [{ name: "sql", port: 5432 }], access: { inbound: [{ workload: "web" }] } },
  parked: { replicas: 0 },
  nightly: { type: "CronJob", ports: undefined, schedule: { cron: "0 3 * * *", suspended: true } },
  migrate: { type: "Job", ports: undefined, image: MIGRATE },
};

/** As a repository holds them: a Namespace without a label of Pod Security, and nothing that the operator adds. */
const manifestsFor = (namespace: string): readonly object[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { team: "shop" } } },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace, labels: { "app.kubernetes.io/instance": "shop" } },
    data: { "app.conf": "listen 8080" },
  },
  ...Object.entries(specs).map(([name, spec]) => {
    const workload = aWorkload(name, namespace, spec) as unknown as KubeObject;
    const labels = { "app.kubernetes.io/instance": "shop", "app.kubernetes.io/part-of": "shop" };
    return { ...workload, metadata: { ...workload.metadata, labels, annotations: { "example.com/owner": "team-a" } } };
  }),
  anException(`web-${namespace}`, { workload: { namespace, name: "web" } }),
];

const BASELINE = {
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityBaseline",
  metadata: { name: "cluster", labels: { team: "platform" } },
  spec: {
    callers: { gateway: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] } },
    namespaces: [{ name: "argo", secretWriters: [{ kind: "Group", name: "team-a" }] }],
  },
};

/** Workloads of every shape, for the record of a version: with the ConfigMaps that they name. */
const goldens = (): readonly object[] =>
  readdirSync(GOLDEN)
    .filter((file) => file.endsWith(".in.yaml"))
    .flatMap((file) => {
      const workload = parse(readFileSync(join(GOLDEN, file), "utf8")) as KubeObject;
      const parsed = parseSecureWorkload(workload);
      if (!parsed.ok) throw new Error(`${file}: ${parsed.errors.join("; ")}`);
      const configs = namedConfigMaps(parsed.value.spec).map((name) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "shop" },
        data: { note: name },
      }));
      return [...configs, workload];
    });

/** What became of a workload that was applied before the definitions. */
let early: CommandResult;

const palisade = usePalisade({
  state: "bare",
  kubelet: "all",
  before: async () => {
    early = await cluster.kubectl(serverSide("default", "argocd-controller").apply, {
      input: JSON.stringify(aWorkload("web", "default")),
    });
    await installPalisade(cluster);
  },
});
const { cluster, kubelet } = palisade;

beforeAll(async () => {
  kubelet.fates.set(MIGRATE, "succeeds");
  for (const { namespace, apply } of TOOLS)
    await mustKubectl(cluster, apply, {
      input: listOf([BASELINE, ...manifestsFor(namespace)].slice(namespace === "argo" ? 0 : 1)),
    });
  const version = process.env["RECORD_VERSION"];
  if (version !== undefined) await record(version);
  for (const { namespace } of TOOLS) await until(() => isSettled(namespace), `${namespace} to settle`, 90_000);
}, 300_000);

const SETTLED: Readonly<Record<string, string>> = {
  web: "Running",
  db: "Running",
  parked: "ScaledToZero",
  nightly: "Suspended",
  migrate: "Completed",
};

async function isSettled(namespace: string): Promise<boolean> {
  const reasons = await Promise.all(
    Object.keys(SETTLED).map(async (name) => (await lookAt(cluster, namespace).condition(name, "Ready"))?.reason),
  );
  return reasons.join() === Object.values(SETTLED).join();
}

async function record(version: string): Promise<void> {
  await kubectl(cluster, ["create", "namespace", "shop"]);
  await kubectl(cluster, ["apply", "--server-side", "-f", "-"], {
    input: { apiVersion: "v1", kind: "List", items: goldens() },
  });
  await settled(cluster);
  const get = async (kinds: readonly string[]): Promise<readonly KubeObject[]> => {
    const text = await kubectl(cluster, ["get", kinds.join(","), "-A", "-o", "json"]);
    return (JSON.parse(text) as { readonly items: readonly KubeObject[] }).items;
  };
  const controllers = await get(CONTROLLER_KINDS.map(({ resource }) => `${resource.plural}.${resource.group}`));
  recordVersion(version, {
    objects: await get(CUSTOM_KINDS.map(({ resource }) => crdNameOf(resource))),
    controllers: controllers.filter(({ metadata }) => metadata.labels?.["palisade.dev/workload"] !== undefined),
  });
}

const ours = async (...kinds: readonly string[]): Promise<readonly KubeObject[]> =>
  (
    JSON.parse(await kubectl(cluster, ["get", kinds.join(","), "-A", "--show-managed-fields", "-o", "json"])) as {
      readonly items: readonly KubeObject[];
    }
  ).items;

const OWN = CUSTOM_KINDS.map(({ resource }) => crdNameOf(resource));

test("workloads before their definitions are refused, by a message that says so", () => {
  expect(early.code).not.toBe(0);
  expect(early.stderr).toContain('no matches for kind "SecureWorkload" in version "palisade.dev/v1alpha1"');
  expect(early.stderr).toContain("ensure CRDs are installed first");
});

describe("what a tool applied", () => {
  test.each(TOOLS)("by $manager never differs from what stands", async ({ namespace, diff }) => {
    const manifests = manifestsFor(namespace);
    const { stdout, stderr, code } = await cluster.kubectl(diff, { input: listOf(manifests) });
    expect({ stdout, stderr, code }).toEqual({ stdout: "", stderr: "", code: 0 });
  });

  test.each(TOOLS)("by $manager is owned by it as at first", async ({ namespace, apply, manager }) => {
    const fieldsOf = async () =>
      (await ours(...OWN, "namespaces", "configmaps"))
        .filter(({ metadata }) => (metadata.namespace ?? metadata.name.replace("web-", "")) === namespace)
        .flatMap(({ kind, metadata }) => {
          const entry = metadata.managedFields?.find((one) => one.manager === manager);
          return entry === undefined ? [] : [[`${kind}/${metadata.name}`, entry.fieldsV1, entry.time]];
        });
    const before = await fieldsOf();
    expect(before).toHaveLength(manifestsFor(namespace).length);
    await mustKubectl(cluster, apply, { input: listOf(manifestsFor(namespace)) });
    expect(await fieldsOf()).toEqual(before);
  });

  test("is seen as it is by Argo CD, Flux and kstatus", async () => {
    const objects = (await ours(...OWN)).filter(
      ({ metadata }) => metadata.namespace === "argo" || metadata.namespace === undefined,
    );
    const verdicts = await gitopsVerdicts(objects);
    const seen = Object.fromEntries(objects.map(({ metadata }, index) => [metadata.name, verdicts[index]]));
    for (const name of ["web", "db", "migrate", "cluster", "web-argo"])
      expect(seen[name]).toMatchObject({ argo: { status: "Healthy" }, flux: "Current", kstatus: "Current" });
    for (const name of ["parked", "nightly"])
      expect(seen[name]).toMatchObject({ argo: { status: "Suspended" }, flux: "Current", kstatus: "Current" });
  });
});

test("nothing of ours bears a finalizer, so nothing waits for an operator to go", async () => {
  const kinds = [
    ...CONTROLLER_KINDS.map(({ resource }) => resource.plural),
    "services",
    "networkpolicies",
    "serviceaccounts",
  ];
  const objects = await ours(
    ...OWN,
    ...kinds,
    "namespaces",
    "configmaps",
    "roles",
    "rolebindings",
    "poddisruptionbudgets",
  );
  expect(objects.length).toBeGreaterThan(40);
  expect(
    objects.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0).map(({ metadata }) => metadata.name),
  ).toEqual([]);
});

const stored = (): readonly AuditEntry[] => operatorWrites(cluster).filter(isStored);

const PODS = ["pods", "-A", "-l", "palisade.dev/workload", "-o"];
const podUids = async (): Promise<string> => kubectl(cluster, ["get", ...PODS, "jsonpath={.items[*].metadata.uid}"]);
const isNoMarker = ({ metadata }: KubeObject): boolean => metadata.namespace !== MARKER;
const generations = async (): Promise<readonly string[]> =>
  (await ours(...OWN, ...CONTROLLER_KINDS.map(({ resource }) => resource.plural)))
    .filter(isNoMarker)
    .map(
      ({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.generation}`,
    );
const rbac = (verb: "apply" | "delete"): Promise<string> =>
  mustKubectl(cluster, [verb, "-k", join(import.meta.dirname, "..", "..", "config", "rbac")]);

describe("an operator that is removed, and installed again", () => {
  test("leaves workloads, pods and the namespace's labels, and on its return writes nothing", async () => {
    // The marker is there, and counted, before the operator goes.
    await settled(cluster);
    const before = [await podUids(), await generations()];
    await palisade.stop();
    await rbac("delete");
    await until(
      async () => (await cluster.kubectl(["get", "namespace", "palisade-system"])).code !== 0,
      "its namespace to go",
    );
    expect([await podUids(), await generations()]).toEqual(before);
    const labels = field(await lookAt(cluster, "").get("namespace", "argo"), "metadata.labels") as object;
    expect(labels).toMatchObject({
      "palisade.dev/enrolment": "sealed",
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    await rbac("apply");
    const written = stored().length;
    await palisade.start();
    await settled(cluster);
    expect(stored().slice(written)).toEqual([]);
    expect([await podUids(), await generations()]).toEqual(before);
  });
});

/** As if the version before had made it otherwise: under the operator's own name. */
const asBefore = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "--field-manager=palisade", "-n", "argo"], input === undefined ? {} : { input });

const otherTemplate = { template: { spec: { enableServiceLinks: true } } };

const told = async (namespace: string): Promise<readonly unknown[]> =>
  (await lookAt(cluster, namespace).list("events.events.k8s.io")).filter(
    (event) => event["reason"] === "BaselineChanged",
  );

describe("an operator of another version", () => {
  test("tells of the pods that it makes anew though their spec did not change, and touches no other", async () => {
    await palisade.stop();
    await asBefore(["patch", "deployment", "web", "-p", JSON.stringify({ spec: otherTemplate })]);
    const job = (await lookAt(cluster, "argo").get("job", "migrate")) as KubeObject & {
      spec: { template: { spec: object; metadata: object } };
    };
    await kubectl(cluster, ["delete", "job", "migrate", "-n", "argo"]);
    const { labels, ownerReferences, name } = job.metadata;
    const { selector: _selector, template, ...rest } = job.spec as unknown as Record<string, unknown> & typeof job.spec;
    const marks = { labels: { "palisade.dev/workload": "migrate" } };
    const older = {
      apiVersion: job.apiVersion,
      kind: job.kind,
      metadata: { name, labels, ownerReferences },
      spec: {
        ...(rest as object),
        template: { metadata: marks, spec: { ...template.spec, enableServiceLinks: true } },
      },
    };
    await asBefore(["create", "-f", "-"], older);
    await until(
      async () => field(await lookAt(cluster, "argo").get("job", "migrate"), "status.succeeded") === 1,
      "the run to end",
    );
    const ended = (await lookAt(cluster, "argo").get("job", "migrate"))?.metadata.uid;
    const written = stored().length;
    await palisade.start();
    await until(async () => (await told("argo")).length > 0, "BaselineChanged");
    await until(() => isSettled("argo"), "the rollout", 60_000);
    await settled(cluster);
    const events = await told("argo");
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "Normal",
      action: "Roll",
      regarding: { kind: "SecureWorkload", name: "web" },
      note: expect.stringMatching(
        /^Palisade .+ replaces the pods of Deployment\/web because .*: spec\.template\.spec\.enableServiceLinks\./,
      ),
    });
    expect([...(await told("flux")), ...(await told("plain"))]).toEqual([]);
    // What ended stays as it ended: to make it anew would be to run it again.
    expect((await lookAt(cluster, "argo").get("job", "migrate"))?.metadata.uid).toBe(ended);
    const touched = stored()
      .slice(written)
      // It counts the workloads, the marker of this test too.
      .filter(({ objectRef }) => objectRef?.resource !== SECURITY_BASELINE.plural)
      .map(({ objectRef }) => `${objectRef?.resource}/${objectRef?.name}`);
    // Of the run that ended, the status says that it would be another today.
    expect([...new Set(touched)].sort()).toEqual(["deployments/web", "secureworkloads/migrate", "secureworkloads/web"]);
  });

  test("says nothing when a spec changes", async () => {
    await kubectl(cluster, [
      "patch",
      "sw",
      "web",
      "-n",
      "flux",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { replicas: 1 } }),
    ]);
    await until(() => isSettled("flux"), "the change");
    expect(await told("flux")).toEqual([]);
  });
});

const gone = (what: readonly string[]): Promise<void> =>
  until(
    async () => (await kubectl(cluster, ["get", ...what, "--ignore-not-found", "-o", "name"])) === "",
    `${what.join(" ")} to go`,
    60_000,
  );

describe("with no operator alive", () => {
  test("a workload, a namespace and the definitions go by themselves, and everything with them", async () => {
    await palisade.stop();
    await kubectl(cluster, ["delete", "sw", "web", "-n", "argo", "--timeout=30s"]);
    await gone(["deployment,networkpolicy,serviceaccount", "-n", "argo", "-l", "palisade.dev/workload=web"]);
    await kubectl(cluster, ["delete", "namespace", "flux", "--timeout=60s"]);
    await kubectl(cluster, ["delete", "crd", ...OWN, "--timeout=60s"]);
    await gone(["deployment,statefulset", "-n", "plain", "-l", "palisade.dev/workload"]);
  });

  test("what was removed is installed and applied again, in order", async () => {
    await installPalisade(cluster);
    await kubectl(cluster, ["apply", "--server-side", "-f", "-"], { input: aWorkload("web", "plain") });
  });
});
