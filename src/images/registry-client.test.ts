/**
 * Over real sockets, against a small server that misbehaves. Well-behaved registries, and TLS, are covered in
 * `test/integration/image-registry.test.ts`.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { inspect } from "node:util";
import { noCredentials } from "./credentials.ts";
import { parseDockerConfig } from "./docker-config.ts";
import { parseReference } from "./reference.ts";
import { RegistryAgents } from "./registry-agents.ts";
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from "./registry-client.ts";

const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
const digestOf = (body: string, algorithm = "sha256"): string =>
  `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let host: string;
let handler: Handler;
let seen: { readonly line: string; readonly headers: IncomingMessage["headers"] }[];
const clients: RegistryClient[] = [];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function ask(options: RegistryClientOptions = {}) {
  const client = createRegistryClient(options);
  clients.push(client);
  const parsed = parseReference(`${host}/shop/web:1.4.2`);
  if (!parsed.ok) throw new Error(parsed.problem);
  return client.digestOf(parsed.reference);
}

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const manifest = (headers: Readonly<Record<string, string>> = {}, body = MANIFEST): Handler =>
  answer(200, { "content-type": OCI_INDEX, ...headers }, body);

const lines = (): readonly string[] => seen.map(({ line }) => line);

test("hashes the manifest of a registry on this machine without TLS", async () => {
  handler = manifest();
  expect(await ask()).toEqual({ kind: "found", digest: digestOf(MANIFEST) });
  expect(lines()).toEqual(["GET /v2/shop/web/manifests/1.4.2"]);
  const headers = seen[0]?.headers;
  expect(headers?.accept?.split(", ")).toEqual([
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
  ]);
  expect(headers?.["accept-encoding"]).toBe("identity");
  expect(headers?.authorization).toBeUndefined();
});

test("uses the digest algorithm that the registry uses", async () => {
  const digest = digestOf(MANIFEST, "sha512");
  handler = manifest({ "docker-content-digest": digest });
  expect(await ask()).toEqual({ kind: "found", digest });
});

test.each<{ what: string; respond: Handler; kind: string; words: string }>([
  {
    what: "sends the digest of another manifest",
    respond: manifest({ "docker-content-digest": `sha256:${"0".repeat(64)}` }),
    kind: "malformed",
    words: "the digest of another",
  },
  {
    what: "sends an invalid digest",
    respond: manifest({ "docker-content-digest": "md5:00" }),
    kind: "malformed",
    words: "an invalid digest",
  },
  {
    what: "answers with a web page",
    respond: answer(200, { "content-type": "text/html" }, "<p>s3cret</p>"),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "answers with an obsolete manifest",
    respond: manifest({ "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" }),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "compresses its answer although the request forbids it",
    respond: manifest({ "content-encoding": "gzip" }),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "answers with more than a manifest may have",
    respond: manifest({}, "x".repeat(4 * 1_024 * 1_024 + 1)),
    kind: "malformed",
    words: "an answer that is too large",
  },
  {
    what: "answers with endless headers",
    respond: manifest({ "x-long": "x".repeat(32_768) }),
    kind: "malformed",
    words: "an answer that is too large",
  },
  {
    what: "has no such tag",
    respond: answer(404, {}, "s3cret"),
    kind: "not-found",
    words: "the registry shows no tag 1.4.2: push it, fix the image, or",
  },
  { what: "forbids access", respond: answer(403), kind: "denied", words: "the registry refuses access (403)" },
  {
    what: "wants authentication without a scheme",
    respond: answer(401),
    kind: "denied",
    words: "neither Basic nor Bearer",
  },
  {
    what: "wants authentication by another scheme",
    respond: answer(401, { "www-authenticate": "Negotiate" }),
    kind: "denied",
    words: "neither Basic nor Bearer",
  },
  {
    what: "wants a password that is not configured",
    respond: answer(401, { "www-authenticate": "Basic" }),
    kind: "denied",
    words: "the registry wants a credential: add one to the file of --registry-config",
  },
  { what: "fails", respond: answer(500, {}, "s3cret"), kind: "unreachable", words: "the registry answers 500" },
  {
    what: "answers with an unexpected status",
    respond: answer(418),
    kind: "malformed",
    words: "the registry answers 418 instead of a manifest",
  },
  {
    what: "does not speak HTTP",
    respond: (_, { socket }) => void socket?.end("s3cret\r\n\r\n"),
    kind: "malformed",
    words: "an answer that is not HTTP",
  },
  {
    what: "closes the connection",
    respond: (_, { socket }) => void socket?.destroy(),
    kind: "unreachable",
    words: "the registry closed the connection",
  },
])("a registry that $what is $kind", async ({ respond, kind, words }) => {
  handler = respond;
  const resolution = await ask();
  expect(resolution).toMatchObject({ kind, message: expect.stringMatching(/^[^\n]+$/) });
  expect(resolution).toMatchObject({ message: expect.stringContaining(words) });
  expect(inspect(resolution)).not.toContain("s3cret");
});

test("passes on the Retry-After of a busy registry", async () => {
  handler = answer(429, { "retry-after": "7" });
  expect(await ask()).toMatchObject({ kind: "unreachable", retryAfterMs: 7_000 });
});

test("gives up at the deadline without an answer, or with half of one", async () => {
  handler = () => {};
  expect(await ask({ deadlineMs: 100 })).toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("in time"),
  });
  handler = (_, response) => void response.writeHead(200, { "content-type": OCI_INDEX }).write("{");
  expect(await ask({ deadlineMs: 100 })).toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("in time"),
  });
});

test("gives up at the deadline on an answer that trickles in", async () => {
  handler = (_, response) => {
    response.writeHead(200, { "content-type": OCI_INDEX });
    const timer = setInterval(() => response.write(" "), 5);
    response.once("close", () => clearInterval(timer));
  };
  expect(await ask({ deadlineMs: 200 })).toMatchObject({ kind: "unreachable" });
});

describe("redirects", () => {
  test("inside the registry are followed, three at most", async () => {
    handler = (request, response) => {
      const hop = Number(new URL(request.url ?? "", "http://x").searchParams.get("hop"));
      if (hop === 3) manifest()(request, response);
      else answer(307, { location: `?hop=${hop + 1}` })(request, response);
    };
    expect(await ask()).toMatchObject({ kind: "found" });
    handler = answer(302, { location: "/v2/again" });
    expect(await ask()).toMatchObject({ kind: "malformed", message: expect.stringContaining("more than 3 times") });
  });

  test.each([
    ["http://169.254.169.254/latest/meta-data", "without TLS"],
    ["https://169.254.169.254/latest/meta-data", "a forbidden address"],
    ["https://[::ffff:169.254.169.254]/", "a forbidden address"],
    ["https://2852039166/", "a forbidden address"],
    ["https://127.0.0.1:1/", "to this machine"],
    ["https://127.1/", "to this machine"],
    ["https://localhost/", "to this machine"],
    ["https://[::1]/", "to this machine"],
    ["https://0.0.0.0/", "a forbidden address"],
    ["https://user:s3cret@registry.example.com/", "contains a user"],
    ["file:///etc/passwd", "without TLS"],
    ["https://", "without a valid location"],
    ["", "more than 3 times"],
  ])("to %j are refused", async (location, words) => {
    handler = answer(307, { location });
    const resolution = await ask();
    expect(resolution).toMatchObject({ kind: "malformed", message: expect.stringContaining(words) });
    expect(inspect(resolution)).not.toContain("s3cret");
  });

  test("without a location are refused", async () => {
    handler = answer(301);
    expect(await ask()).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("without a valid location"),
    });
  });

  test.each([
    ["localhost.", "127.0.0.1"],
    ["registry.example.com", "127.0.0.1"],
    ["registry.example.com", "169.254.169.254"],
    ["registry.example.com", "::ffff:10.0.0.1", "fe80::1"],
  ])("to %s are refused if it resolves to %s", async (name, ...addresses) => {
    handler = answer(307, { location: `https://${name}/` });
    const agents = new RegistryAgents({
      resolve: (_, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
        ),
    });
    const resolution = await ask({ agents });
    expect(resolution).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("has a forbidden address"),
    });
  });
});

describe("a token endpoint", () => {
  const config = parseDockerConfig(
    JSON.stringify({ auths: { "127.0.0.1": { username: "palisade", password: "s3cret" } } }),
  );
  const credentials = { ...noCredentials, of: () => config[0]?.credential };

  const bearer = (realm: string): string =>
    `Bearer realm="${realm}",service="registry.test",scope="repository:shop/web:pull,push"`;

  test("gets a request for the right to pull this repository alone", async () => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) answer(200, {}, '{"token":"t0ken"}')(request, response);
      else if (request.headers.authorization === "Bearer t0ken") manifest()(request, response);
      else answer(401, { "www-authenticate": bearer(`http://${host}/token?account=x`) })(request, response);
    };
    expect(await ask({ credentials })).toMatchObject({ kind: "found" });
    expect(lines()).toEqual([
      "GET /v2/shop/web/manifests/1.4.2",
      "GET /token?account=x&scope=repository%3Ashop%2Fweb%3Apull&service=registry.test",
      "GET /v2/shop/web/manifests/1.4.2",
    ]);
    expect(seen[0]?.headers.authorization).toBeUndefined();
    expect(seen[1]?.headers.authorization).toBe(config[0]?.credential.basic);
  });

  test.each<{ what: string; realm?: string; respond: Handler; kind: string; words: string }>([
    {
      what: "has no valid address",
      realm: "token",
      respond: answer(200),
      kind: "malformed",
      words: "no valid token endpoint",
    },
    {
      what: "has no TLS on another machine",
      realm: "http://auth.example.com/token",
      respond: answer(200),
      kind: "malformed",
      words: "has no TLS",
    },
    {
      what: "is a metadata service",
      realm: "https://169.254.169.254/token",
      respond: answer(200),
      kind: "malformed",
      words: "a forbidden address",
    },
    {
      what: "has a user in its address",
      realm: "https://a:b@auth.example.com/token",
      respond: answer(200),
      kind: "malformed",
      words: "has a user in its address",
    },
    {
      what: "refuses the credential",
      respond: answer(401),
      kind: "denied",
      words: "refuses the credential (401): renew it in the file of --registry-config",
    },
    {
      what: "redirects",
      respond: answer(307, { location: "/token2" }),
      kind: "malformed",
      words: "answers 307 instead of a token",
    },
    { what: "fails", respond: answer(503), kind: "unreachable", words: "answers 503" },
    { what: "sends no token", respond: answer(200, {}, "{}"), kind: "malformed", words: "answers without a token" },
    { what: "sends no JSON", respond: answer(200, {}, "t0ken"), kind: "malformed", words: "answers without a token" },
    {
      what: "sends a token that contains a header",
      respond: answer(200, {}, '{"token":"a\\r\\nx: y"}'),
      kind: "malformed",
      words: "answers without a token",
    },
  ])("that $what is $kind", async ({ realm, respond, kind, words }) => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) respond(request, response);
      else answer(401, { "www-authenticate": bearer(realm ?? `http://${host}/token`) })(request, response);
    };
    const resolution = await ask({ credentials });
    expect(resolution).toMatchObject({ kind, message: expect.stringContaining(words) });
    expect(inspect(resolution)).not.toMatch(/s3cret|t0ken/);
    expect(lines().filter((line) => line.includes("token2"))).toEqual([]);
  });

  test("is asked once, even if the registry refuses its token", async () => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) answer(200, {}, '{"access_token":"t0ken"}')(request, response);
      else answer(401, { "www-authenticate": bearer(`http://${host}/token`) })(request, response);
    };
    expect(await ask({ credentials })).toMatchObject({ kind: "denied", message: expect.stringContaining("(401)") });
    expect(seen).toHaveLength(3);
  });

  test("gives a token for public images without a credential", async () => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) answer(200, {}, '{"token":"anyone"}')(request, response);
      else if (request.headers.authorization === "Bearer anyone") manifest()(request, response);
      else answer(401, { "www-authenticate": bearer(`http://${host}/token`) })(request, response);
    };
    expect(await ask()).toMatchObject({ kind: "found" });
    expect(seen[1]?.headers.authorization).toBeUndefined();
  });
});

test("uses no proxy, whatever the environment says", async () => {
  const before = { ...process.env };
  const proxied: string[] = [];
  const proxy = createServer(() => {});
  proxy.on("connection", (socket) => {
    proxied.push("connection");
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  try {
    Object.assign(process.env, {
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      ALL_PROXY: url,
      http_proxy: url,
      https_proxy: url,
    });
    process.env["NO_PROXY"] = "";
    handler = manifest();
    expect(await ask()).toMatchObject({ kind: "found" });
    expect(proxied).toEqual([]);
  } finally {
    process.env = before;
    await new Promise((resolve) => proxy.close(resolve));
  }
});

test("throws at once if the file of authorities cannot be read", () => {
  expect(() => new RegistryAgents({ caFile: "/nowhere/ca.pem" })).toThrow(
    "cannot read the registry authorities /nowhere/ca.pem: ENOENT",
  );
});
