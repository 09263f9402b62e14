/**
 * Over real sockets, against a small server of the test's own that answers as no good registry does. Good ones, and TLS, are
 * met in `test/integration/image-registry.test.ts`.
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

function ask(options: RegistryClientOptions = {}, signal?: AbortSignal) {
  const client = createRegistryClient(options);
  clients.push(client);
  const parsed = parseReference(`${host}/shop/web:1.4.2`);
  if (!parsed.ok) throw new Error(parsed.problem);
  return client.digestOf(parsed.reference, signal);
}

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const manifest = (headers: Readonly<Record<string, string>> = {}, body = MANIFEST): Handler =>
  answer(200, { "content-type": OCI_INDEX, ...headers }, body);

const lines = (): readonly string[] => seen.map(({ line }) => line);

test("asks a registry of this machine that has no TLS for the manifest itself, and hashes that", async () => {
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

test("takes the digest in the algorithm that the registry names it in", async () => {
  const digest = digestOf(MANIFEST, "sha512");
  handler = manifest({ "docker-content-digest": digest });
  expect(await ask()).toEqual({ kind: "found", digest });
});

test.each<{ what: string; respond: Handler; kind: string; words: string }>([
  {
    what: "lies about the digest",
    respond: manifest({ "docker-content-digest": `sha256:${"0".repeat(64)}` }),
    kind: "malformed",
    words: "the digest of another",
  },
  {
    what: "names a digest that is none",
    respond: manifest({ "docker-content-digest": "md5:00" }),
    kind: "malformed",
    words: "a digest that is none",
  },
  {
    what: "answers with a page",
    respond: answer(200, { "content-type": "text/html" }, "<p>s3cret</p>"),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "answers with what is no image any more",
    respond: manifest({ "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" }),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "answers compressed though it was asked not to",
    respond: manifest({ "content-encoding": "gzip" }),
    kind: "malformed",
    words: "push an OCI or Docker v2 image",
  },
  {
    what: "answers with more than a manifest may be",
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
    words: "it has no tag 1.4.2 for who asks: push it, correct the image, or",
  },
  { what: "forbids", respond: answer(403), kind: "denied", words: "it refuses who asks (403)" },
  {
    what: "asks for a proof and says of no kind",
    respond: answer(401),
    kind: "denied",
    words: "neither Basic nor Bearer",
  },
  {
    what: "asks for a proof of another kind",
    respond: answer(401, { "www-authenticate": "Negotiate" }),
    kind: "denied",
    words: "neither Basic nor Bearer",
  },
  {
    what: "asks for a password that there is not",
    respond: answer(401, { "www-authenticate": "Basic" }),
    kind: "denied",
    words: "--registry-config has none for it",
  },
  { what: "is out of order", respond: answer(500, {}, "s3cret"), kind: "unreachable", words: "it answers 500" },
  {
    what: "answers with a status that means nothing here",
    respond: answer(418),
    kind: "malformed",
    words: "it answers 418 where a manifest is due",
  },
  {
    what: "does not speak HTTP",
    respond: (_, { socket }) => void socket?.end("s3cret\r\n\r\n"),
    kind: "malformed",
    words: "an answer that is not HTTP",
  },
  {
    what: "breaks the connection",
    respond: (_, { socket }) => void socket?.destroy(),
    kind: "unreachable",
    words: "it broke the connection",
  },
])("a registry that $what is $kind", async ({ respond, kind, words }) => {
  handler = respond;
  const lookup = await ask();
  expect(lookup).toMatchObject({ kind, message: expect.stringContaining(words) });
  if (lookup.kind === "found") throw new Error("found");
  expect(lookup.message).toMatch(/^127\.0\.0\.1:\d+ was asked for shop\/web: [^\n]+$/);
  expect(inspect(lookup)).not.toContain("s3cret");
});

test("a busy registry's wish to be left alone is passed on", async () => {
  handler = answer(429, { "retry-after": "7" });
  expect(await ask()).toMatchObject({ kind: "unreachable", retryAfterMs: 7_000 });
});

test("one that does not answer, or not to the end, is given up at the deadline", async () => {
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

test("one that sends its answer drop by drop is given up as well", async () => {
  handler = (_, response) => {
    response.writeHead(200, { "content-type": OCI_INDEX });
    const timer = setInterval(() => response.write(" "), 5);
    response.once("close", () => clearInterval(timer));
  };
  expect(await ask({ deadlineMs: 200 })).toMatchObject({ kind: "unreachable" });
});

test("ends with its caller", async () => {
  const stop = new AbortController();
  handler = () => stop.abort();
  expect(await ask({}, stop.signal)).toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("given up"),
  });
});

describe("redirects", () => {
  test("inside the registry are followed, three of them", async () => {
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
    ["https://169.254.169.254/latest/meta-data", "an address that is never asked"],
    ["https://[::ffff:169.254.169.254]/", "an address that is never asked"],
    ["https://2852039166/", "an address that is never asked"],
    ["https://127.0.0.1:1/", "to this machine"],
    ["https://127.1/", "to this machine"],
    ["https://localhost/", "to this machine"],
    ["https://[::1]/", "to this machine"],
    ["https://0.0.0.0/", "an address that is never asked"],
    ["https://user:s3cret@registry.example.com/", "a user in it"],
    ["file:///etc/passwd", "without TLS"],
    ["https://", "without saying where to"],
    ["", "more than 3 times"],
  ])("to %j are refused", async (location, words) => {
    handler = answer(307, { location });
    const lookup = await ask();
    expect(lookup).toMatchObject({ kind: "malformed", message: expect.stringContaining(words) });
    expect(inspect(lookup)).not.toContain("s3cret");
  });

  test("without a place are refused", async () => {
    handler = answer(301);
    expect(await ask()).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("without saying where to"),
    });
  });

  test.each([
    ["localhost.", "127.0.0.1"],
    ["registry.example.com", "127.0.0.1"],
    ["registry.example.com", "169.254.169.254"],
    ["registry.example.com", "::ffff:10.0.0.1", "fe80::1"],
  ])("to %s are refused where that is %s", async (name, ...addresses) => {
    handler = answer(307, { location: `https://${name}/` });
    const agents = new RegistryAgents({
      resolve: (_, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
        ),
    });
    const lookup = await ask({ agents });
    expect(lookup).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("where it redirects to, leads to an address that is never asked"),
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

  test("is asked for the right to pull this repository, and for no more than that", async () => {
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
      what: "is nowhere",
      realm: "token",
      respond: answer(200),
      kind: "malformed",
      words: "no address of a token endpoint",
    },
    {
      what: "is without TLS elsewhere",
      realm: "http://auth.example.com/token",
      respond: answer(200),
      kind: "malformed",
      words: "is without TLS",
    },
    {
      what: "is a metadata service",
      realm: "https://169.254.169.254/token",
      respond: answer(200),
      kind: "malformed",
      words: "never asked",
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
      words: "refuses the credential of --registry-config (401)",
    },
    {
      what: "redirects",
      respond: answer(307, { location: "/token2" }),
      kind: "malformed",
      words: "answers 307 where a token is due",
    },
    { what: "is out of order", respond: answer(503), kind: "unreachable", words: "answers 503" },
    { what: "gives no token", respond: answer(200, {}, "{}"), kind: "malformed", words: "answers without a token" },
    { what: "gives no JSON", respond: answer(200, {}, "t0ken"), kind: "malformed", words: "answers without a token" },
    {
      what: "gives a token that is two headers",
      respond: answer(200, {}, '{"token":"a\\r\\nx: y"}'),
      kind: "malformed",
      words: "answers without a token",
    },
  ])("that $what is $kind", async ({ realm, respond, kind, words }) => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) respond(request, response);
      else answer(401, { "www-authenticate": bearer(realm ?? `http://${host}/token`) })(request, response);
    };
    const lookup = await ask({ credentials });
    expect(lookup).toMatchObject({ kind, message: expect.stringContaining(words) });
    expect(inspect(lookup)).not.toMatch(/s3cret|t0ken/);
    expect(lines().filter((line) => line.includes("token2"))).toEqual([]);
  });

  test("whose token the registry does not take ends the matter", async () => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) answer(200, {}, '{"access_token":"t0ken"}')(request, response);
      else answer(401, { "www-authenticate": bearer(`http://${host}/token`) })(request, response);
    };
    expect(await ask({ credentials })).toMatchObject({ kind: "denied", message: expect.stringContaining("(401)") });
    expect(seen).toHaveLength(3);
  });

  test("without a credential is asked as nobody, as registries allow for what is public", async () => {
    handler = (request, response) => {
      if (request.url?.startsWith("/token")) answer(200, {}, '{"token":"anyone"}')(request, response);
      else if (request.headers.authorization === "Bearer anyone") manifest()(request, response);
      else answer(401, { "www-authenticate": bearer(`http://${host}/token`) })(request, response);
    };
    expect(await ask()).toMatchObject({ kind: "found" });
    expect(seen[1]?.headers.authorization).toBeUndefined();
  });
});

test("no proxy is ever asked, whatever the environment says", async () => {
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

test("throws at once when the file of authorities cannot be read", () => {
  expect(() => new RegistryAgents({ caFile: "/nowhere/ca.pem" })).toThrow(
    "the registry authorities /nowhere/ca.pem cannot be read: ENOENT",
  );
});
