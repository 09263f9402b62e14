/** `palisade migrate` as an app team types it: an application moves a workload at a time, stops at trouble, and goes on where it stopped. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { stringify } from "yaml";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { grantNamespace, until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(240_000);

const NAMESPACE = uniqueNamespace("migrate");
const ELSEWHERE = uniqueNamespace("migrate-elsewhere");
const BROKEN = "registry.example.com/shop/broken:1.0.0";

const palisade = usePalisade({ namespaces: [NAMESPACE], kubelet: "all" });
const { cluster } = palisade;
const look = lookAt(cluster, NAMESPACE);
const folder = mkdtempSync(join(tmpdir(), "palisade-migrate-"));

afterAll(() => rmSync(folder, { recursive: true }));

const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", NAMESPACE], { user: "alice", ...(input === undefined ? {} : { input }) });

const ports = [{ name: "http", port: 8080, servicePort: 80 }];
const ACCESS: Readonly<Record<string, object>> = {
  web: { outbound: [{ workload: "api", port: 8080 }] },
  api: { inbound: [{ workload: "web" }], outbound: [{ workload: "db", port: 8080 }] },
  db: { inbound: [{ workload: "api" }] },
};

function declare(name: string, spec: object = {}): void {
  const workload = aWorkload(name, NAMESPACE, { ports, access: ACCESS[name], ...spec });
  writeFileSync(join(folder, `${name}.yaml`), stringify(workload));
}

async function migrate(...words: readonly string[]) {
  const argv = ["migrate", "-n", NAMESPACE, "-f", folder, "--keep", join(folder, "kept"), "--wait", "60", ...words];
  const { code, stdout, stderr } = await typePalisade(cluster, [...argv, "-o", "json"], "alice");
  return { code, stderr, answer: code > 1 ? undefined : ANSWERS.Migration.parse(JSON.parse(stdout)) };
}

const accessOf = async (name: string): Promise<string> =>
  JSON.stringify(field(await look.get("secureworkload", name), "spec.access"));

beforeAll(async () => {
  palisade.kubelet.fates.set(BROKEN, { reason: "ImagePullBackOff" });
  await grantNamespace(cluster, NAMESPACE, "alice");
  for (const name of Object.keys(ACCESS)) {
    const labels = { app: name };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name, image: `registry.example.com/shop/${name}:1.0.0` }] },
    };
    await alice(["create", "-f", "-"], {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    });
    await alice(["create", "-f", "-"], {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    declare(name);
  }
  for (const name of Object.keys(ACCESS))
    await until(async () => field(await look.get("deployment", name), "status.readyReplicas") === 1, `${name} to run`);
});

test("the plan is printed, and nothing is written", async () => {
  const { code, answer, stderr } = await migrate();
  expect(code).toBe(1);
  expect(answer?.moved).toEqual([]);
  expect(answer?.steps.map(({ workload, state }) => `${workload} ${state}`)).toEqual([
    "db ToDo",
    "api ToDo",
    "web ToDo",
  ]);
  expect(answer?.steps[0]?.takesOver).toEqual(["Deployment/db", "Service/db"]);
  expect(stderr).toContain(`next: palisade migrate -n ${NAMESPACE} -f ${folder} --go`);
  expect(await look.get("secureworkload", "db")).toBeUndefined();
});

test("it stops at the first trouble, with the way back, and callers still reach what serves", async () => {
  declare("api", { image: BROKEN });
  const { code, answer, stderr } = await migrate("--go", "--wait", "10");
  expect(code).toBe(1);
  expect(answer?.steps.map(({ workload, state }) => `${workload} ${state}`)).toEqual([
    "db Ready",
    "api Stopped",
    "web ToDo",
  ]);
  expect(answer?.trouble).toContain("ImagePullBackOff");
  expect(answer?.wayBack).toEqual([
    `kubectl delete secureworkload api -n ${NAMESPACE} --cascade=foreground`,
    `kubectl apply -n ${NAMESPACE} -f ${join(folder, "kept", "api")}`,
  ]);
  expect(stderr).toContain("2 of 3: api");
  expect(readdirSync(join(folder, "kept", "api")).sort()).toEqual(["deployment-api.yaml", "service-api.yaml"]);
  // db lets in api as it was and as it will be; the Service leads to the pods from before.
  expect(await accessOf("db")).toContain('{"workload":"api"}');
  expect(await accessOf("db")).toContain('"podLabels":[{"key":"app","value":"api"}]');
  expect(field(await look.get("service", "api"), "spec.selector")).toEqual({ app: "api" });
});

test("the way back leads back", async () => {
  await alice(["delete", "secureworkload", "api", "--cascade=foreground"]);
  await alice(["apply", "-f", join(folder, "kept", "api")]);
  await until(async () => field(await look.get("deployment", "api"), "status.readyReplicas") === 1, "api to run");
  expect(field(await look.get("service", "api"), "spec.selector")).toEqual({ app: "api" });
});

test("it goes on where it stopped, and ends as the files say", async () => {
  declare("api");
  const { code, answer, stderr } = await migrate("--go");
  expect({ code, trouble: answer?.trouble }).toEqual({ code: 0, trouble: undefined });
  expect(answer?.moved).toEqual(["db", "api", "web"]);
  expect(stderr).toContain(`kubectl delete replicasets -l 'app=web,!palisade.dev/workload' -n ${NAMESPACE}`);
  for (const name of Object.keys(ACCESS)) {
    expect(await accessOf(name)).not.toContain("podLabels");
    expect((await look.condition(name, "Ready"))?.status).toBe("True");
    await until(
      async () =>
        JSON.stringify(field(await look.get("service", name), "spec.selector"))?.includes(name) === true &&
        JSON.stringify(field(await look.get("service", name), "spec.selector")).includes("palisade.dev/workload"),
      `the Service ${name} to lead to the workload`,
    );
  }
  const again = await migrate("--go");
  expect({ code: again.code, steps: again.answer?.steps }).toEqual({ code: 0, steps: [] });
});

test("a peer in another namespace is named as what it is there", async () => {
  const labels = { app: "legacy" };
  await grantNamespace(cluster, ELSEWHERE, "alice");
  await kubectl(cluster, ["create", "-n", ELSEWHERE, "-f", "-"], {
    user: "alice",
    input: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "legacy" },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "legacy", image: "registry.example.com/shop/legacy:1.0.0" }] },
        },
      },
    },
  });
  const unseen = { workload: "gate", namespace: "default" };
  const outbound = [{ workload: "legacy", namespace: ELSEWHERE, port: 8080 }];
  declare("front", { access: { inbound: [unseen], outbound } });
  const { answer, stderr } = await migrate("--go");
  expect({ trouble: answer?.trouble, states: answer?.steps.map(({ state }) => state) }).toEqual({ states: ["Ready"] });
  expect(answer?.peersElsewhere).toMatchObject([
    { peer: "default/gate", named: "workload", note: expect.stringContaining("may not be looked at") },
    { peer: `${ELSEWHERE}/legacy`, named: "pods", note: expect.stringContaining("no SecureWorkload there") },
  ]);
  expect(stderr).toContain(`${ELSEWHERE}/legacy: no SecureWorkload there: named by its pods (app=legacy)`);
  const pods = { namespace: ELSEWHERE, podLabels: [{ key: "app", value: "legacy" }] };
  expect(field(await look.get("secureworkload", "front"), "spec.access.outbound")).toMatchObject([
    { pods, port: 8080 },
  ]);
});

test("what would write one volume twice ends before its successor starts, and what it was is kept", async () => {
  const labels = { app: "store" };
  const claim = { name: "data", persistentVolumeClaim: { claimName: "store-data" } };
  await kubectl(cluster, ["create", "-f", "-"], {
    input: {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `${NAMESPACE}-store` },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/nowhere" },
        claimRef: { namespace: NAMESPACE, name: "store-data" },
      },
    },
  });
  await alice(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "store-data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" },
  });
  await alice(["create", "-f", "-"], {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "store" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "store",
              image: "registry.example.com/shop/store:1.0.0",
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
          volumes: [claim],
        },
      },
    },
  });
  await until(async () => field(await look.get("deployment", "store"), "status.readyReplicas") === 1, "it to run");
  declare("store", { ports: [], claims: [{ name: "data", existing: "store-data", path: "/data" }] });
  const planned = await migrate();
  expect(planned.answer?.steps).toMatchObject([{ workload: "store", endsFirst: "Deployment/store" }]);
  const { answer, stderr } = await migrate("--go", "--wait", "30");
  expect(stderr).toContain("Deployment/store ends first");
  expect({ trouble: answer?.trouble, states: answer?.steps.map(({ state }) => state) }).toEqual({ states: ["Ready"] });
  expect(await look.list("pod", "-l", "app=store")).toEqual([]);
  expect(readFileSync(join(folder, "kept", "store", "deployment-store.yaml"), "utf8")).toContain("replicas: 1");
});
