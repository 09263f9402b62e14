/** Resolves tags at a third-party registry: open, with each authentication, with TLS, dead and dishonest. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { systemClock } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { Agent } from "undici";
import { parseAllowList } from "../../src/images/allow-list.ts";
import { fileCredentials } from "../../src/images/credentials.ts";
import { DigestCache, type ResolvedImage } from "../../src/images/digest-cache.ts";
import { type ImageReference, parseReference } from "../../src/images/reference.ts";
import { type Agents, RegistryAgents, type Resolve } from "../../src/images/registry-agents.ts";
import {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from "../../src/images/registry-client.ts";
import { ImageResolver } from "../../src/images/resolver.ts";
import { until } from "../cluster/index.ts";
import { freePorts } from "../cluster/ports.ts";
import { isAlive } from "../cluster/processes.ts";
import { type RegistryOptions, registryBinary, startRegistry, type TestRegistry } from "../support/registry.ts";

const PASSWORD = "s3cret-passw0rd";
const BOTH = ["linux/amd64", "linux/arm64"];

let folder: string;
const registries: TestRegistry[] = [];
const clients: RegistryClient[] = [];

beforeAll(() => registryBinary(), 600_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-registry-"));
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(registries.splice(0).map((registry) => registry.kill()));
  rmSync(folder, { recursive: true });
});

async function aRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry({ password: PASSWORD, ...options });
  registries.push(registry);
  return registry;
}

function aClient(options: RegistryClientOptions = {}): RegistryClient {
  const client = createRegistryClient(options);
  clients.push(client);
  return client;
}

function image(text: string): ImageReference {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
}

function caFile({ ca }: TestRegistry): string {
  const path = join(folder, "ca.pem");
  writeFileSync(path, ca);
  return path;
}

const trusting = (registry: TestRegistry): Agents => new RegistryAgents({ caFile: caFile(registry) });

const configPath = (): string => join(folder, "config.json");

function writeConfig(host: string, entry: Readonly<Record<string, string>>): string {
  writeFileSync(configPath(), JSON.stringify({ auths: { [host]: entry } }));
  return configPath();
}

/** Resolves these names to this machine, and no others. */
const leading =
  (...names: readonly string[]): Resolve =>
  (hostname, callback) =>
    names.includes(hostname)
      ? callback(null, [{ address: "127.0.0.1", family: 4 }])
      : callback(new Error("nowhere"), []);

describe("an open registry", () => {
  test.each([
    { what: "an OCI image", push: {} },
    { what: "a Docker image", push: { docker: true } },
    { what: "an OCI index of two platforms", push: { platforms: BOTH } },
    { what: "a Docker list of two platforms", push: { platforms: BOTH, docker: true } },
  ])("gives the digest of $what, for an index its own", async ({ push }) => {
    const registry = await aRegistry();
    const digest = await registry.push({ repository: "shop/web", tag: "1.4.2", ...push });
    expect(await aClient().digestOf(image(`${registry.host}/shop/web:1.4.2`))).toEqual({ kind: "found", digest });
  });

  test("has neither a tag nor a repository that was never pushed", async () => {
    const registry = await aRegistry();
    await registry.push({ repository: "shop/web", tag: "1" });
    const client = aClient();
    for (const missing of ["shop/web:2", "shop/nothing:1"]) {
      expect(await client.digestOf(image(`${registry.host}/${missing}`))).toMatchObject({ kind: "not-found" });
    }
  });

  test("that sends a wrong digest is not trusted", async () => {
    const registry = await aRegistry();
    const other = await registry.push({ repository: "shop/web", tag: "old" });
    await registry.push({ repository: "shop/web", tag: "new" });
    await registry.misbehave({ digest: other });
    expect(await aClient().digestOf(image(`${registry.host}/shop/web:new`))).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("the digest of another"),
    });
  });

  test.each([
    "http://169.254.169.254/latest",
    "https://169.254.169.254/latest",
    "https://localhost:1/",
    "http://127.0.0.1:1/",
  ])("that redirects to %s is refused", async (redirect) => {
    const registry = await aRegistry();
    await registry.push({ repository: "shop/web", tag: "1" });
    await registry.misbehave({ redirect });
    const resolution = await aClient().digestOf(image(`${registry.host}/shop/web:1`));
    expect(resolution).toMatchObject({ kind: "malformed", message: expect.stringContaining("redirect") });
  });
});

describe.each([
  { auth: "basic", entry: { username: "palisade", password: PASSWORD } },
  { auth: "bearer", entry: { username: "palisade", password: PASSWORD } },
  { auth: "bearer", entry: { identitytoken: PASSWORD } },
] as const)("a registry with $auth authentication, and the credential $entry", ({ auth, entry }) => {
  test("gives the digest", async () => {
    const registry = await aRegistry({ auth });
    const digest = await registry.push({ repository: "shop/web", tag: "1", platforms: BOTH });
    const credentials = fileCredentials(writeConfig(`${registry.host}/shop`, entry));
    expect(await aClient({ credentials }).digestOf(image(`${registry.host}/shop/web:1`))).toEqual({
      kind: "found",
      digest,
    });
  });

  test("refuses a wrong credential and a missing one, and the messages show neither", async () => {
    const registry = await aRegistry({ auth });
    await registry.push({ repository: "shop/web", tag: "1" });
    await registry.setPassword("an0ther-passw0rd");
    const wrong = fileCredentials(writeConfig(registry.host, entry));
    for (const credentials of [wrong, fileCredentials(writeConfig("elsewhere.example.com", entry))]) {
      const resolution = await aClient({ credentials }).digestOf(image(`${registry.host}/shop/web:1`));
      expect(resolution).toMatchObject({ kind: "denied", message: expect.stringContaining("--registry-config") });
      expect(inspect(resolution)).not.toMatch(/passw0rd/);
    }
  });
});

test("a credential goes only where it is asked for, and only then", async () => {
  const registry = await aRegistry({ auth: "bearer" });
  await registry.push({ repository: "shop/web", tag: "1" });
  const credentials = fileCredentials(writeConfig(registry.host, { username: "palisade", password: PASSWORD }));
  await registry.takeSeen();
  await aClient({ credentials }).digestOf(image(`${registry.host}/shop/web:1`));
  expect((await registry.takeSeen()).map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
    ["GET", "/v2/shop/web/manifests/1", ""],
    ["GET", "/token", "Basic"],
    ["GET", "/v2/shop/web/manifests/1", "Bearer"],
  ]);
});

test("a credential rotated on disk counts at once, and ends the block of a refused image", async () => {
  const registry = await aRegistry({ auth: "bearer" });
  const digest = await registry.push({ repository: "shop/web", tag: "1" });
  const credentials = fileCredentials(writeConfig(registry.host, { username: "palisade", password: "yesterday's" }));
  const resolver = new ImageResolver({
    client: aClient({ credentials }),
    clock: new FakeClock(),
    credentialsVersion: credentials.version,
  });
  const reference = image(`${registry.host}/shop/web:1`);
  expect(await resolver.resolve(reference)).toMatchObject({ kind: "denied", retryAfterMs: 5_000 });
  await registry.takeSeen();
  expect(await resolver.resolve(reference)).toMatchObject({ kind: "denied" });
  expect(await registry.takeSeen()).toEqual([]);
  writeConfig(registry.host, { username: "palisade", password: PASSWORD });
  expect(await resolver.resolve(reference)).toEqual({ kind: "found", digest });
});

describe("a registry with TLS", () => {
  const NAME = "registry.example.com";

  test("is trusted by its HEAD if its authority is in the file", async () => {
    const registry = await aRegistry({ tls: [NAME] });
    const digest = await registry.push({ repository: "shop/web", tag: "1" });
    const client = aClient({ agents: trusting(registry) });
    await registry.takeSeen();
    expect(await client.digestOf(image(`${registry.host}/shop/web:1`))).toEqual({ kind: "found", digest });
    expect((await registry.takeSeen()).map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("gets no request under a name that resolves to this machine, even with a valid certificate", async () => {
    const registry = await aRegistry({ tls: [NAME] });
    await registry.push({ repository: "shop/web", tag: "1" });
    await registry.takeSeen();
    const agents = new RegistryAgents({ caFile: caFile(registry), resolve: leading(NAME) });
    expect(await aClient({ agents }).digestOf(image(`${NAME}:${registry.port}/shop/web:1`))).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("a forbidden address"),
    });
    expect(await registry.takeSeen()).toEqual([]);
  });

  test("gets a GET if it supports no HEAD", async () => {
    const registry = await aRegistry({ tls: [NAME] });
    const digest = await registry.push({ repository: "shop/web", tag: "1", platforms: BOTH });
    await registry.misbehave({ hideHead: true });
    const client = aClient({ agents: trusting(registry) });
    expect(await client.digestOf(image(`${registry.host}/shop/web:1`))).toEqual({ kind: "found", digest });
  });

  test("gets no request without its authority in the file, with TLS or without", async () => {
    const registry = await aRegistry({ tls: [NAME] });
    await registry.push({ repository: "shop/web", tag: "1" });
    await registry.takeSeen();
    expect(await aClient().digestOf(image(`${registry.host}/shop/web:1`))).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("--registry-ca"),
    });
    expect(await registry.takeSeen()).toEqual([]);
  });

  test("is trusted as soon as its authority is in the file", async () => {
    const [registry, other] = [await aRegistry({ tls: [NAME] }), await aRegistry({ tls: [NAME] })];
    const digest = await registry.push({ repository: "shop/web", tag: "1" });
    const client = aClient({ agents: trusting(other) });
    const reference = image(`${registry.host}/shop/web:1`);
    expect(await client.digestOf(reference)).toMatchObject({ kind: "unreachable" });
    caFile(registry);
    await until(async () => (await client.digestOf(reference)).kind === "found", "the new authority to count");
    expect(await client.digestOf(reference)).toEqual({ kind: "found", digest });
  });

  test("gives tokens over TLS too", async () => {
    const registry = await aRegistry({ tls: [NAME], auth: "bearer" });
    const digest = await registry.push({ repository: "shop/web", tag: "1" });
    const credentials = fileCredentials(writeConfig(registry.host, { username: "palisade", password: PASSWORD }));
    const client = aClient({ credentials, agents: trusting(registry) });
    expect(await client.digestOf(image(`${registry.host}/shop/web:1`))).toEqual({ kind: "found", digest });
  });

  test("that names a token endpoint without TLS on another machine gets no credential sent there", async () => {
    const registry = await aRegistry({ tls: [NAME], auth: "basic" });
    const credentials = fileCredentials(writeConfig(registry.host, { username: "palisade", password: PASSWORD }));
    const client = aClient({ credentials, agents: trusting(registry) });
    await registry.misbehave({ challenge: 'Bearer realm="http://auth.example.com/token"' });
    expect(await client.digestOf(image(`${registry.host}/shop/web:1`))).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("has no TLS"),
    });
  });
});

describe("a registry on another machine", () => {
  const [REGISTRY, STORAGE] = ["registry.example.com", "storage.example.com"];

  /** Resolves every name to this machine without a check: names stand for other machines here. */
  function elsewhere({ ca }: TestRegistry): Agents {
    const agent = new Agent({ connect: { ca, lookup: (_, __, callback) => callback(null, [HERE]) } });
    return { agentFor: () => agent, close: () => agent.destroy() };
  }
  const HERE = { address: "127.0.0.1", family: 4 };

  async function redirecting(options: RegistryOptions) {
    const registry = await aRegistry({ tls: [REGISTRY, STORAGE], ...options });
    await registry.push({ repository: "shop/web", tag: "1" });
    const credentials = fileCredentials(
      writeConfig(`${REGISTRY}:${registry.port}`, { username: "palisade", password: PASSWORD }),
    );
    const client = aClient({ credentials, agents: elsewhere(registry) });
    await registry.takeSeen();
    const ask = () => client.digestOf(image(`${REGISTRY}:${registry.port}/shop/web:1`));
    const seen = async () =>
      (await registry.takeSeen()).map(({ host, authorization }) => [host.split(":")[0], authorization]);
    return { registry, ask, seen };
  }

  test("may redirect an authenticated request to another server, which gets no credential", async () => {
    const { registry, ask, seen } = await redirecting({ auth: "basic" });
    await registry.misbehave({ redirect: `https://${STORAGE}:${registry.port}/v2/`, redirectKnown: true });
    expect(await ask()).toMatchObject({ kind: "denied", message: expect.stringContaining("(401)") });
    expect(await seen()).toEqual([
      [REGISTRY, ""],
      [REGISTRY, "Basic"],
      [STORAGE, ""],
    ]);
  });

  test("may redirect to a server that asks for a credential, which gets none", async () => {
    const { registry, ask, seen } = await redirecting({ auth: "bearer" });
    await registry.misbehave({ redirect: `https://${STORAGE}:${registry.port}/v2/` });
    expect(await ask()).toMatchObject({ kind: "denied" });
    expect(await seen()).toEqual([
      [REGISTRY, ""],
      [STORAGE, ""],
    ]);
  });

  test("may have its token endpoint on another server, which gets the credential", async () => {
    const { registry, ask, seen } = await redirecting({ auth: "bearer" });
    await registry.misbehave({
      challenge: `Bearer realm="https://${STORAGE}:${registry.port}/token",service="registry.test"`,
      challengeOnce: true,
    });
    expect(await ask()).toMatchObject({ kind: "found" });
    expect(await seen()).toEqual([
      [REGISTRY, ""],
      [STORAGE, "Basic"],
      [REGISTRY, "Bearer"],
    ]);
  });

  test("may redirect to another server with TLS, which is trusted like the registry", async () => {
    const { registry, ask, seen } = await redirecting({});
    const digest = await registry.push({ repository: "shop/web", tag: "1" });
    await registry.takeSeen();
    const target = `https://${STORAGE}:${registry.port}/v2/shop/web/manifests/1`;
    await registry.misbehave({ redirect: target, redirectFrom: REGISTRY });
    expect(await ask()).toEqual({ kind: "found", digest });
    expect((await seen()).map(([host]) => host)).toEqual([REGISTRY, STORAGE]);
  });

  test("must not have its token endpoint on this machine", async () => {
    const { registry, ask, seen } = await redirecting({ auth: "bearer" });
    await registry.misbehave({ challenge: `Bearer realm="https://localhost:${registry.port}/token"` });
    expect(await ask()).toMatchObject({ kind: "malformed", message: expect.stringContaining("is on this machine") });
    expect(await seen()).toEqual([[REGISTRY, ""]]);
  });

  test("gets no request without TLS", async () => {
    const registry = await aRegistry();
    await registry.push({ repository: "shop/web", tag: "1" });
    await registry.takeSeen();
    const client = aClient({ agents: elsewhere(registry) });
    expect(await client.digestOf(image(`${REGISTRY}:${registry.port}/shop/web:1`))).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("does not speak TLS"),
    });
    expect(await registry.takeSeen()).toEqual([]);
  });

  test("must not redirect to another server without TLS", async () => {
    const { registry, ask } = await redirecting({});
    await registry.misbehave({ redirect: `http://${STORAGE}/` });
    expect(await ask()).toMatchObject({ kind: "malformed", message: expect.stringContaining("without TLS") });
  });
});

describe("a workload's image", () => {
  function aCache(allowed: string, recorded: readonly ResolvedImage[] = []) {
    let answers = 0;
    let requests = 0;
    const client = aClient();
    const allowList = parseAllowList([allowed]);
    const errors: unknown[] = [];
    const cache = new DigestCache({
      resolver: new ImageResolver({
        client: {
          digestOf: (reference) => {
            requests += 1;
            return client.digestOf(reference);
          },
        },
        clock: systemClock,
      }),
      allowList: () => allowList,
      onError: (error) => errors.push(error),
    });
    cache.onAnswer(() => {
      answers += 1;
    });
    const owner = { key: "shop/web", uid: "1", recorded };
    const request = (image: string) => cache.request(owner, [image]);
    const pinned = (image: string) => cache.pinned(owner, image);
    /** What keeps the image from running after one answer; empty if it can run. */
    const settled = async (image: string) => {
      const before = answers;
      if (request(image).length > 0) await until(() => answers > before, "an answer");
      expect(errors).toEqual([]);
      return request(image);
    };
    return { request, pinned, settled, requests: () => requests };
  }

  test("keeps its digest when its tag is pushed again, and when the operator restarts", async () => {
    const registry = await aRegistry();
    const name = `${registry.host}/shop/web`;
    const first = await registry.push({ repository: "shop/web", tag: "1" });
    const { settled, pinned } = aCache(registry.host);
    expect(await settled(`${name}:1`)).toEqual([]);
    expect(pinned(`${name}:1`)).toBe(`${name}@${first}`);
    const second = await registry.push({ repository: "shop/web", tag: "1" });
    expect(second).not.toBe(first);
    expect(await settled(`${name}:1`)).toEqual([]);
    expect(pinned(`${name}:1`)).toBe(`${name}@${first}`);
    const restarted = aCache(registry.host, [{ image: `${name}:1`, digest: first }]);
    expect(await restarted.settled(`${name}:1`)).toEqual([]);
    expect(restarted.pinned(`${name}:1`)).toBe(`${name}@${first}`);
    expect(restarted.requests()).toBe(0);
    const third = await registry.push({ repository: "shop/web", tag: "2" });
    expect(await settled(`${name}:2`)).toEqual([]);
    expect(pinned(`${name}:2`)).toBe(`${name}@${third}`);
  });

  test("keeps its digest while its registry is dead, which gets few requests, and a new tag resolves once it is back", async () => {
    const [port = 0] = await freePorts(1);
    const registry = await aRegistry({ port });
    const name = `${registry.host}/shop/web`;
    const digest = await registry.push({ repository: "shop/web", tag: "1" });
    const { request, pinned, settled, requests } = aCache(registry.host);
    await settled(`${name}:1`);
    await registry.kill();
    expect(await settled(`${name}:2`)).toEqual([
      {
        kind: "unreachable",
        message: `cannot resolve ${name}:2: the registry refuses connections`,
        retryAfterMs: expect.any(Number),
      },
    ]);
    for (let run = 0; run < 50; run += 1) request(`${name}:2`);
    expect(requests()).toBe(2);
    expect(pinned(`${name}:1`)).toBe(`${name}@${digest}`);
    expect(pinned(`${name}:2`)).toBeUndefined();
    const again = await aRegistry({ port });
    const next = await again.push({ repository: "shop/web", tag: "2" });
    await until(() => request(`${name}:2`).length === 0, "the new image");
    expect(pinned(`${name}:2`)).toBe(`${name}@${next}`);
  });

  test("has no digest while a registry that never answered is dead, and a tag never runs", async () => {
    const registry = await aRegistry();
    await registry.kill();
    const { settled, pinned } = aCache(registry.host);
    expect(await settled(`${registry.host}/shop/web:1`)).toMatchObject([{ kind: "unreachable" }]);
    expect(pinned(`${registry.host}/shop/web:1`)).toBeUndefined();
  });
});

test("a registry ends with its test process, even if that is killed", async () => {
  const source = `
    const { startRegistry } = await import(${JSON.stringify(join(import.meta.dirname, "../support/registry.ts"))});
    console.log((await startRegistry()).pid);
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  child.kill("SIGKILL");
  await until(() => !isAlive(pid), "the registry to end");
});
