/** What a spec names without holding it: ConfigMaps that are copied, and Secrets that belong to one workload. */
import { expect, test } from "@jest/globals";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { until } from "../cluster/index.ts";
import { untilNextSecond } from "../cluster/pause.ts";
import { kubectl } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMESPACE = "shop";

const palisade = usePalisade({ namespaces: [NAMESPACE] });
const { cluster } = palisade;

const asAlice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", NAMESPACE], { user: "alice", ...(input === undefined ? {} : { input }) });

const declare = (name: string, spec: object): Promise<string> =>
  asAlice(["apply", "--server-side", "-f", "-"], aWorkload(name, NAMESPACE, spec));

const configMap = (name: string, data: object): Promise<string> =>
  asAlice(["apply", "-f", "-"], { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

async function get<T>(kind: string, name: string): Promise<T | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, name, "-n", NAMESPACE, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

const status = async (name: string): Promise<SecureWorkloadStatus> =>
  (await get<{ status: SecureWorkloadStatus }>("sw", name))?.status ?? {};

const ready = async (name: string) => (await status(name)).conditions?.find(({ type }) => type === "Ready");

interface Template {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly volumes?: readonly { readonly configMap?: { readonly name: string } }[] };
}

const template = async (name: string): Promise<Template | undefined> =>
  (await get<{ spec: { template: Template } }>("deployment", name))?.spec.template;

const mounted = async (name: string): Promise<string | undefined> =>
  (await template(name))?.spec.volumes?.find(({ configMap: source }) => source !== undefined)?.configMap?.name;

const FROM_SETTINGS = { files: [{ path: "/etc/app", configMap: { name: "settings" } }] };

test("a missing ConfigMap holds the pods back with a message, and its coming rolls them out", async () => {
  await declare("web", FROM_SETTINGS);
  await until(async () => (await ready("web"))?.reason === "ReferenceMissing", "the message");
  expect((await ready("web"))?.message).toContain("ConfigMap settings does not exist: create it");
  expect(await get("deployment", "web")).toBeUndefined();
  await configMap("settings", { "app.conf": "one" });
  await until(async () => (await mounted("web"))?.startsWith("web.settings.") === true, "the Deployment");
  const copy = await get<{ immutable: boolean; data: object }>("configmap", (await mounted("web")) ?? "");
  expect(copy).toMatchObject({ immutable: true, data: { "app.conf": "one" } });
});

test("a changed ConfigMap becomes another copy, the content before it the copy before, and a gone one changes nothing", async () => {
  const first = await mounted("web");
  await configMap("settings", { "app.conf": "two" });
  await until(async () => (await mounted("web")) !== first, "another copy");
  const second = await mounted("web");
  await configMap("settings", { "app.conf": "one" });
  await until(async () => (await mounted("web")) === first, "the first copy again");
  await configMap("settings", { "app.conf": "two" });
  await until(async () => (await mounted("web")) === second, "the second copy again");
  await asAlice(["delete", "configmap", "settings"]);
  await settled(cluster);
  expect(await mounted("web")).toBe(second);
  expect(await get("configmap", second ?? "")).toBeDefined();
  await palisade.restart();
  await settled(cluster);
  expect(await mounted("web")).toBe(second);
});

const SECRET = { env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } }] };

test("a Secret belongs to the workload that named it first, and to those it is shared with", async () => {
  await declare("api", SECRET);
  await until(async () => (await get("deployment", "api")) !== undefined, "the first workload");
  await untilNextSecond();
  await declare("thief", SECRET);
  await until(async () => (await ready("thief"))?.reason === "SecretTaken", "the refusal");
  expect((await ready("thief"))?.message).toContain("Secret database belongs to workload api");
  expect(await get("deployment", "thief")).toBeUndefined();
  await declare("api", { ...SECRET, sharedSecrets: [{ name: "database", with: ["thief"] }] });
  await until(async () => (await get("deployment", "thief")) !== undefined, "the second workload");
  await declare("api", SECRET);
  await until(async () => (await ready("thief"))?.reason === "SecretTaken", "the refusal again");
  expect(await get("deployment", "thief")).toBeDefined();
  await asAlice(["delete", "sw", "api", "--wait=true"]);
  await until(async () => (await ready("thief"))?.reason !== "SecretTaken", "the Secret to be free");
});

test("a Secret stays common to those that it is shared with, while the workload is deleted and made anew that shares it", async () => {
  const common = { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "common", key: "key" } } }] };
  const others = ["worker", "report"];
  const sharing = { ...common, sharedSecrets: [{ name: "common", with: others }] };
  const areFree = async (names: readonly string[]): Promise<boolean> =>
    (await Promise.all(names.map(async (name) => (await ready(name))?.reason))).every(
      (reason) => reason !== undefined && reason !== "SecretTaken",
    );
  // The first of all shares nothing itself, and none of them is there yet that it could share it with.
  await declare("worker", common);
  await untilNextSecond();
  await declare("report", common);
  await untilNextSecond();
  await declare("owner", sharing);
  await until(() => areFree(["owner", ...others]), "all three to have it");
  await asAlice(["delete", "sw", "owner", "--wait=true"]);
  await declare("worker", { ...common, replicas: 2 });
  await declare("report", { ...common, replicas: 2 });
  await settled(cluster);
  expect(await areFree(others)).toBe(true);
  await declare("stranger", common);
  await until(async () => (await ready("stranger"))?.reason === "SecretTaken", "the refusal of a stranger");
  await declare("owner", sharing);
  await until(() => areFree(["owner", ...others]), "all three to have it again");
  await asAlice(["delete", "sw", "owner", "--wait=true"]);
  await palisade.restart();
  await settled(cluster);
  expect(await areFree(others)).toBe(true);
  expect((await ready("stranger"))?.reason).toBe("SecretTaken");
});

const secret = (value: string): Promise<string> =>
  asAlice(["apply", "-f", "-"], {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "rolling" },
    stringData: { password: value },
  });

const versions = async (): Promise<string | undefined> =>
  (await template("roller"))?.metadata.annotations?.["palisade.dev/secret-versions"];

test("pods roll when a Secret changes only where the platform team grants it, and by its version alone", async () => {
  const account = "system:serviceaccount:palisade-system:palisade";
  const { stdout } = await cluster.kubectl(["auth", "can-i", "get", "secrets", "-n", NAMESPACE, `--as=${account}`]);
  expect(stdout.trim()).toBe("no");
  await secret("hunter1");
  await declare("roller", {
    env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "rolling", key: "password" } } }],
  });
  await until(async () => (await get("deployment", "roller")) !== undefined, "the Deployment");
  expect(await versions()).toBeUndefined();

  const platform = (args: readonly string[], input?: object): Promise<string> =>
    kubectl(cluster, args, { user: "platform", ...(input === undefined ? {} : { input }) });
  await platform(["apply", "--server-side", "-f", "-"], {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: { namespaces: [{ name: NAMESPACE, rollsOnSecrets: true }] },
  });
  const limited = async () => (await status("roller")).conditions?.find(({ type }) => type === "Limited");
  await until(async () => (await limited())?.reason === "SecretVersionsForbidden", "what is missing");
  const binding = ["--clusterrole=palisade-secret-versions", "--serviceaccount=palisade-system:palisade"];
  await platform(["create", "rolebinding", "palisade-secret-versions", ...binding, "-n", NAMESPACE]);
  await until(async () => (await versions()) !== undefined, "the versions", 60_000);
  const before = await versions();
  await secret("hunter2");
  await until(async () => (await versions()) !== before, "the roll", 60_000);
  const all = await kubectl(cluster, ["get", "sw,deployment,events.events.k8s.io", "-n", NAMESPACE, "-o", "json"]);
  expect(all).not.toContain("hunter2");
  expect(await limited()).toBeUndefined();
}, 180_000);
