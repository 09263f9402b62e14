import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigConnection } from "./kubeconfig.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  path = join(folder, "config");
});

afterEach(() => rmSync(folder, { recursive: true }));

const base64 = (text: string): string => Buffer.from(text).toString("base64");

interface Parts {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
}

function write({ cluster = {}, user = {}, namespace }: Parts): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: "https://cluster.example.com:6443/", ...cluster } }],
    users: [{ name: "alice", user }],
    contexts: [
      { name: "test", context: { cluster: "test", user: "alice", ...(namespace === undefined ? {} : { namespace }) } },
      { name: "broken", context: { cluster: "none", user: "alice" } },
    ],
    "current-context": "test",
  };
  writeFileSync(path, JSON.stringify(config));
}

/** An exec plugin that answers with a file, and writes down each time that it ran. */
function execPlugin(answer: string): Readonly<Record<string, unknown>> {
  const script = join(folder, "plugin.sh");
  writeFileSync(join(folder, "answer"), answer);
  writeFileSync(script, `#!/bin/sh\necho ran >> ${folder}/runs\ncat ${folder}/answer\n`, { mode: 0o755 });
  return { exec: { apiVersion: "client.authentication.k8s.io/v1", command: script, interactiveMode: "Never" } };
}

const credential = (token: string): string =>
  JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } });

test("gives server, namespace and token of the current context", async () => {
  write({ user: { token: "t1" }, namespace: "shop" });
  const connection = await kubeconfigConnection({ path });
  expect(connection.server).toBe("https://cluster.example.com:6443");
  expect(connection.namespace).toBe("shop");
  expect(await connection.authorization()).toBe("Bearer t1");
});

test("gives certificate authority, client certificate and server name", async () => {
  write({
    cluster: { "certificate-authority-data": base64("ca"), "tls-server-name": "kubernetes.default" },
    user: { "client-certificate-data": base64("cert"), "client-key-data": base64("key") },
  });
  const connection = await kubeconfigConnection({ path });
  const { ca, cert, key, servername } = connection.tls();
  expect([ca, cert, key].map(String)).toEqual(["ca", "cert", "key"]);
  expect(servername).toBe("kubernetes.default");
  expect(await connection.authorization()).toBeUndefined();
});

test("keeps the same TLS material as long as its content is the same, and follows a new certificate", async () => {
  const [cert, key] = [join(folder, "cert"), join(folder, "key")];
  writeFileSync(cert, "cert 1");
  writeFileSync(key, "key 1");
  write({ user: { "client-certificate": cert, "client-key": key } });
  const connection = await kubeconfigConnection({ path });
  const first = connection.tls();
  await connection.authorization(true);
  expect(connection.tls()).toBe(first);
  writeFileSync(cert, "cert 2");
  await connection.authorization(true);
  expect(String(connection.tls().cert)).toBe("cert 2");
});

test("gives a user name and password as basic authorization", async () => {
  write({ user: { username: "alice", password: "pw" } });
  const connection = await kubeconfigConnection({ path });
  expect(await connection.authorization()).toBe(`Basic ${base64("alice:pw")}`);
});

test("runs an exec plugin once, and again only for a refusal", async () => {
  write({ user: execPlugin(credential("t1")) });
  const connection = await kubeconfigConnection({ path });
  expect(await connection.authorization()).toBe("Bearer t1");
  writeFileSync(join(folder, "answer"), credential("t2"));
  expect(await connection.authorization()).toBe("Bearer t1");
  // Ten requests that were refused at once ask for one new token.
  const refreshed = await Promise.all(Array.from({ length: 10 }, () => connection.authorization(true)));
  expect(new Set(refreshed)).toEqual(new Set(["Bearer t2"]));
});

test("reads the whole kubeconfig again for a refusal", async () => {
  write({ user: { token: "t1" } });
  const connection = await kubeconfigConnection({ path });
  write({ user: { token: "t2" } });
  expect(await connection.authorization()).toBe("Bearer t1");
  expect(await connection.authorization(true)).toBe("Bearer t2");
});

test("quotes nothing of a kubeconfig that is not YAML", async () => {
  write({ user: { token: "t1" } });
  const connection = await kubeconfigConnection({ path });
  writeFileSync(path, "users:\n- user: {token: hunter2\n  - x");
  const error = await connection.authorization(true).catch((reason: unknown) => reason);
  expect(String(error)).toContain(path);
  expect(String(error)).not.toContain("hunter2");
});

test("quotes nothing of an exec plugin's answer that is not JSON", async () => {
  write({ user: execPlugin(`{"status": {"token": "hunter2"`) });
  const error = await kubeconfigConnection({ path }).catch((reason: unknown) => reason);
  expect(String(error)).toContain('user "alice"');
  expect(String(error)).not.toContain("hunter2");
});

test.each([
  { name: "a context that leads nowhere", parts: {}, context: "broken", says: "use-context" },
  { name: "a context that it does not have", parts: {}, context: "other", says: "get-contexts" },
  { name: "a SOCKS proxy", parts: { cluster: { "proxy-url": "socks5://proxy.example.com" } }, says: "proxy-url" },
])("refuses $name and says so", async ({ parts, context, says }) => {
  write(parts);
  const options = context === undefined ? { path } : { path, context };
  await expect(kubeconfigConnection(options)).rejects.toThrow(says);
});

test("gives the proxy, and the user to act as: the option's before the kubeconfig's", async () => {
  write({ cluster: { "proxy-url": "http://proxy.example.com:3128" }, user: { token: "t1", as: "bob" } });
  expect(await kubeconfigConnection({ path })).toMatchObject({
    proxy: "http://proxy.example.com:3128",
    impersonatedUser: "bob",
  });
  expect(await kubeconfigConnection({ path, as: "carol" })).toMatchObject({ impersonatedUser: "carol" });
});

test("merges a list of files, of which the first goes before the others", async () => {
  write({ user: { token: "t2" } });
  const first = join(folder, "first");
  const users = [{ name: "alice", user: { token: "t1" } }];
  writeFileSync(first, JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users }));
  const connection = await kubeconfigConnection({ path: `${first}:${path}` });
  expect(connection.server).toBe("https://cluster.example.com:6443");
  expect(await connection.authorization()).toBe("Bearer t1");
});

test("takes a file whose name has a colon for one file", async () => {
  write({ user: { token: "t1" } });
  const odd = join(folder, "system:node:one");
  renameSync(path, odd);
  const connection = await kubeconfigConnection({ path: odd });
  expect(await connection.authorization()).toBe("Bearer t1");
});
