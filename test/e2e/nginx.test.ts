/** A web server on port 80, whose configuration is a ConfigMap and a file of the spec: a change rolls, an edit does nothing. */
import { type TestCluster, until } from "../cluster/index.ts";
import { configMap, fetchFrom, runApplication } from "./support/application.ts";
import { exec, IMAGES, kubectl, podOf, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";
import { describeHardening } from "./support/hardening.ts";

const CONFIG = `pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {
    listen 80;
    root /srv/pages;
  }
}
`;

const PAGES = "/srv/pages";

const WORKLOADS = {
  web: {
    image: IMAGES.nginx,
    ports: [{ name: "http", port: 80 }],
    files: [
      { path: "/etc/nginx/nginx.conf", content: CONFIG },
      { path: PAGES, configMap: { name: "pages" } },
    ],
    probes: { readiness: { httpGet: { path: "/index.html", port: 80 }, periodSeconds: 1, timeoutSeconds: 5 } },
    scratch: [{ path: "/tmp" }],
    access: { inbound: [{ workload: "client" }] },
  },
  client: {
    image: IMAGES.agnhost,
    args: ["pause"],
    ports: [],
    access: { outbound: [{ workload: "web", port: 80 }] },
  },
};

describe("nginx as a SecureWorkload", () => {
  const namespace = uniqueNamespace("nginx");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, WORKLOADS, [configMap("pages", { "index.html": "the first page" })]);
  }, 120_000);

  const page = (): Promise<string> => fetchFrom(cluster, namespace, "client", "http://web/");

  /** The copy of the ConfigMap that the pods mount. */
  const copy = (): Promise<string> =>
    kubectl(cluster, ["get", "sw", "web", "-n", namespace, "-o", "jsonpath={.status.configs[0].copy}"]);

  const asAdmin = (args: readonly string[], input?: string) =>
    cluster.kubectl(["-n", namespace, ...args], input === undefined ? {} : { input });

  test("serves its ConfigMap on port 80, by the configuration that stands in the spec", async () => {
    expect(await page()).toBe("the first page");
  });

  test("listens on port 80 by a setting of its own network alone", async () => {
    const setting = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    const [web, client] = await Promise.all(["web", "client"].map((name) => podOf(cluster, namespace, name)));

    expect(await exec(cluster, namespace, web ?? "", "cat", setting)).toBe("80\n");
    expect(await exec(cluster, namespace, client ?? "", "cat", setting)).toBe("1024\n");
  });

  test("can write neither file", async () => {
    const pod = await podOf(cluster, namespace, "web");
    for (const file of ["/etc/nginx/nginx.conf", `${PAGES}/index.html`]) {
      const { stderr } = await asAdmin(["exec", pod, "--", "sh", "-c", `echo forged >${file}`]);
      expect(stderr).toMatch(/Read-only file system|Permission denied/);
    }
  });

  test("keeps its page when somebody edits the copy: the API server refuses", async () => {
    const patch = JSON.stringify({ data: { "index.html": "forged" } });

    const { code, stderr } = await asAdmin(["patch", "configmap", await copy(), "--type=merge", "--patch", patch]);

    expect(code).not.toBe(0);
    expect(stderr).toContain("field is immutable when `immutable` is set");
    expect(await page()).toBe("the first page");
  });

  test("has the true copy again when somebody puts a forged one in its place", async () => {
    const name = await copy();
    const forged = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", ...meta(name), data: FORGED });

    await asAdmin(["replace", "--force", "-f", "-"], forged);

    const content = () => asAdmin(["get", "configmap", name, "-o", "jsonpath={.immutable} {.data['index\\.html']}"]);
    await until(async () => (await content()).stdout === "true the first page", "the true copy");
    await kubectl(cluster, ["delete", "pod", await podOf(cluster, namespace, "web"), "-n", namespace]);
    await untilReady(cluster, namespace, "web");
    await until(async () => (await served()) !== undefined, "the page of the new pod");
    expect(await served()).toBe("the first page");
  });

  test("rolls its pods to a new copy when the ConfigMap changes, and to the first when it changes back", async () => {
    const [first, podBefore] = [await copy(), await podOf(cluster, namespace, "web")];

    await change("the second page");
    expect(await copy()).not.toBe(first);
    expect(await podOf(cluster, namespace, "web")).not.toBe(podBefore);

    await change("the first page");
    expect(await copy()).toBe(first);
  }, 150_000);

  async function change(content: string): Promise<void> {
    const input = configMap("pages", { "index.html": content });
    await kubectl(cluster, ["apply", "-n", namespace, "-f", "-"], { user: "alice", input });
    await until(async () => (await served()) === content, content, 60_000);
    await untilReady(cluster, namespace, "web");
  }

  const FORGED = { "index.html": "forged" };
  const meta = (name: string): object => ({ metadata: { name, namespace } });

  /** Undefined while nothing answers. */
  const served = (): Promise<string | undefined> => page().catch(() => undefined);

  describeHardening(() => ({ cluster, namespace }), { workload: "web", writable: ["/tmp"] });
});
