import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inClusterConnection } from "./in-cluster.ts";

const ENV = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "6443" };
let mount = "";

beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), "mount-"));
  writeFileSync(join(mount, "ca.crt"), "first ca");
  writeFileSync(join(mount, "token"), "first-token\n");
  writeFileSync(join(mount, "namespace"), "home\n");
});

afterEach(() => rmSync(mount, { recursive: true, force: true }));

test("is undefined outside a cluster", () => {
  expect(inClusterConnection({}, mount)).toBeUndefined();
});

test("reads address, namespace, authority and token of the pod", async () => {
  const connection = inClusterConnection(ENV, mount);
  expect(connection?.server).toBe("https://10.0.0.1:6443");
  expect(connection?.namespace).toBe("home");
  expect(connection?.tls()).toEqual({ ca: "first ca" });
  expect(await connection?.authorization()).toBe("Bearer first-token");
});

test("puts an IPv6 address in brackets", () => {
  expect(inClusterConnection({ KUBERNETES_SERVICE_HOST: "fd00::1" }, mount)?.server).toBe("https://[fd00::1]:443");
});

test("throws at once when no token is mounted", () => {
  rmSync(join(mount, "token"));
  expect(() => inClusterConnection(ENV, mount)).toThrow("token");
});

test("reads a rotated token at once when the old one was refused", async () => {
  const connection = inClusterConnection(ENV, mount);
  writeFileSync(join(mount, "token"), "second-token");
  expect(await connection?.authorization(true)).toBe("Bearer second-token");
});

test("keeps the last token while the file is away", async () => {
  const connection = inClusterConnection(ENV, mount);
  rmSync(join(mount, "token"));
  expect(await connection?.authorization(true)).toBe("Bearer first-token");
});

test("keeps the same TLS material until the authority changes", async () => {
  const connection = inClusterConnection(ENV, mount);
  const first = connection?.tls();
  expect(connection?.tls()).toBe(first);
  writeFileSync(join(mount, "ca.crt"), "second ca");
  utimesSync(join(mount, "ca.crt"), new Date(), new Date(Date.now() + 5_000));
  const deadline = performance.now() + 20_000;
  while (connection?.tls() === first && performance.now() < deadline) await new Promise((wake) => setTimeout(wake, 50));
  expect(connection?.tls()).toEqual({ ca: "second ca" });
});
