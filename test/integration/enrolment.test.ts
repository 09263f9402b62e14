/** How a namespace moves from where something else runs to where only SecureWorkloads do, and that nobody in it moves it back. */

import { beforeAll, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const mixed = uniqueNamespace("mixed");
const fresh = uniqueNamespace("fresh");

const ENFORCE = "pod-security.kubernetes.io/enforce";

const platform = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, args, { user: "platform", ...(input === undefined ? {} : { input }) });

async function marks(namespace: string): Promise<Readonly<Record<string, string>>> {
  const { metadata } = JSON.parse(await platform(["get", "namespace", namespace, "-o", "json"])) as KubeObject;
  return { ...metadata.labels, ...metadata.annotations };
}

async function denySelector(namespace: string): Promise<unknown> {
  const deny = await lookAt(cluster, namespace).get("networkpolicy", "palisade-default-deny");
  return (deny?.["spec"] as { readonly podSelector?: unknown } | undefined)?.podSelector;
}

const untilState = (namespace: string, state: string): Promise<void> =>
  until(async () => (await marks(namespace))["palisade.dev/enrolment"] === state, `${namespace} to be ${state}`);

interface Baseline {
  readonly status?: {
    readonly sealed?: number;
    readonly notSealed?: readonly {
      readonly name: string;
      readonly state: string;
      readonly heldBackBy: readonly string[];
    }[];
  };
}

const baseline = async (): Promise<NonNullable<Baseline["status"]>> =>
  (JSON.parse(await platform(["get", "securitybaseline", "cluster", "-o", "json"])) as Baseline).status ?? {};

const holdersOf = async (namespace: string): Promise<readonly string[] | undefined> =>
  (await baseline()).notSealed?.find(({ name }) => name === namespace)?.heldBackBy;

const legacy = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "legacy" },
  spec: {
    selector: { matchLabels: { app: "legacy" } },
    template: {
      metadata: { labels: { app: "legacy" } },
      spec: { containers: [{ name: "c", image: "registry.example.com/legacy:1" }] },
    },
  },
};

/** Nobody waits for a day in this file. */
const AT_ONCE = { leaveObservingAfterSeconds: 0 };

const declareBaseline = (spec: object): Promise<string> =>
  platform(["apply", "-f", "-"], {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: { ...AT_ONCE, ...spec },
  });

const palisade = usePalisade({
  namespaces: [mixed, fresh],
  baseline: AT_ONCE,
  before: async () => {
    await alice(["create", "-f", "-"], legacy);
    await alice(["expose", "deployment", "legacy", "--port=80"]);
    await until(async () => (await lookAt(cluster, mixed).list("pod")).length > 0, "the pod of others");
  },
});
const { cluster } = palisade;
const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", mixed], { user: "alice", ...(input === undefined ? {} : { input }) });

beforeAll(async () => {
  await alice(["apply", "-f", "-"], aWorkload("web", mixed));
});

test("a namespace where others run is observed: they are left alone, and named", async () => {
  await untilState(mixed, "observing");
  await until(async () => (await lookAt(cluster, mixed).get("deployment", "web")) !== undefined, "the workload");
  expect(await denySelector(mixed)).toEqual({
    matchExpressions: [{ key: "palisade.dev/workload", operator: "Exists" }],
  });
  const labels = await marks(mixed);
  expect(labels[ENFORCE]).toBeUndefined();
  expect(labels["pod-security.kubernetes.io/warn"]).toBe("restricted");
  expect(labels["palisade.dev/workloads"]).toBe(",web,");
  // What is made while it is listed may be listed without what made it: the next inventory knows better.
  const holders = async (): Promise<string> => (await holdersOf(mixed))?.join(" ") ?? "";
  await until(async () => (await holders()) === "Deployment/legacy Service/legacy", "the status");
});

test("without their pods it is guarded, without their objects sealed, by itself", async () => {
  await kubectl(cluster, ["delete", "deployment", "legacy", "-n", mixed], { user: "alice" });
  await untilState(mixed, "guarding");
  expect(await denySelector(mixed)).toEqual({});
  expect((await marks(mixed))[ENFORCE]).toBe("restricted");
  await until(async () => (await holdersOf(mixed))?.join() === "Service/legacy", "the status");
  await kubectl(cluster, ["delete", "service", "legacy", "-n", mixed], { user: "alice" });
  await untilState(mixed, "sealed");
  await until(async () => (await holdersOf(mixed)) === undefined, "the status");
}, 120_000);

test("a fresh namespace is sealed with its first workload, and knows its names", async () => {
  const file = { path: "/etc/app/key", secret: { name: "app-key", key: "key" } };
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("api", fresh, { files: [file] }) });
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("web", fresh) });
  await untilState(fresh, "sealed");
  await until(async () => (await marks(fresh))["palisade.dev/workloads"] === ",api,web,", "the names");
  expect((await marks(fresh))["palisade.dev/secrets"]).toBe(",app-key,");
  expect((await marks(fresh))["palisade.dev/secret-writers"]).toBeUndefined();
});

test("the label is put back, and who took it away is told, case 71", async () => {
  await platform(["label", "namespace", fresh, "palisade.dev/enrolment=observing", "--overwrite"]);
  await untilState(fresh, "sealed");
  await platform(["label", "namespace", fresh, "palisade.dev/enrolment-"]);
  await untilState(fresh, "sealed");
  const told = async () => (await lookAt(cluster, fresh).corrections()).join("\n");
  await until(async () => (await told()).includes("drift case 71"), "the Event");
  expect(await told()).toContain("kubectl-label");
});

test("the writers of Secrets stand where admission reads them, and go again", async () => {
  await declareBaseline({
    secretWriters: [{ kind: "ServiceAccount", name: "external-secrets", namespace: "vault" }],
    namespaces: [{ name: fresh, secretWriters: [{ kind: "Group", name: "payments" }] }],
  });
  const writers = async () => (await marks(fresh))["palisade.dev/secret-writers"];
  await until(
    async () => (await writers()) === ",group:payments,user:system:serviceaccount:vault:external-secrets,",
    "the writers",
  );
  await declareBaseline({});
  await until(async () => (await writers()) === undefined, "no writers");
});

test("only the SecurityBaseline moves it back, and when it lets go it moves forward again", async () => {
  await declareBaseline({ namespaces: [{ name: fresh, enrolment: "Observing" }] });
  await untilState(fresh, "observing");
  await until(async () => (await marks(fresh))[ENFORCE] === undefined, "enforce to go");
  await until(async () => (await holdersOf(fresh))?.length === 0, "the status");
  await declareBaseline({});
  await untilState(fresh, "sealed");
}, 120_000);

test("a namespace stays sealed when its last workload goes", async () => {
  await kubectl(cluster, ["delete", "secureworkload", "web", "api", "-n", fresh], { user: "alice" });
  await until(async () => (await marks(fresh))["palisade.dev/workloads"] === undefined, "no names");
  expect((await marks(fresh))["palisade.dev/enrolment"]).toBe("sealed");
  await platform(["label", "namespace", fresh, `${ENFORCE}=privileged`, "--overwrite"]);
  await until(async () => (await marks(fresh))[ENFORCE] === "restricted", "the label to be raised");
  expect(await denySelector(fresh)).toEqual({});
});
