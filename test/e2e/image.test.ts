/** The operator's image as it is released: the same every time, small, and nothing in it but what the operator runs on. */
import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { type BuiltImage, buildImages } from "../../scripts/image/build.ts";
import { PATHS } from "../../scripts/image/image-config.ts";
import { type Architecture, ownArchitecture } from "../../scripts/image/platforms.ts";
import { USER } from "../../scripts/image/system-layer.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { loadImage } from "../cluster/load-image.ts";
import { type ImageJudge, imageJudge } from "../support/image-judge.ts";
import { kubectl, sharedCluster, uniqueNamespace } from "./support/e2e.ts";

const MOST_BYTES = 60e6;
const OWN = ownArchitecture();
const BOTH: readonly Architecture[] = ["amd64", "arm64"];

const folder = mkdtempSync(join(tmpdir(), "palisade-image-test-"));
let images: readonly BuiltImage[];
let judge: ImageJudge;

/** With a cache of its own, so that nothing of another build is in it. */
const built = (name: string, architectures: readonly Architecture[]): Promise<readonly BuiltImage[]> => {
  const cache = join(folder, name);
  return buildImages({ version: "1.2.3", log: () => {}, architectures, cache, fresh: true });
};

beforeAll(async () => {
  judge = await imageJudge();
  images = await built("first", BOTH);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imageOf = (architecture: Architecture): BuiltImage => {
  const image = images[BOTH.indexOf(architecture)];
  if (image === undefined) throw new Error(`no image for ${architecture}`);
  return image;
};

const layoutOf = ({ archive, digest }: BuiltImage): string => {
  const layout = join(folder, `layout-${digest.slice(7, 19)}`);
  mkdirSync(layout, { recursive: true });
  spawnSync("tar", ["-xf", archive, "-C", layout]);
  return layout;
};

interface Opened {
  readonly root: string;
  readonly config: Record<string, unknown>;
}

const trees = new Map<Architecture, Opened>();

/** The file system as a container sees it, with owners and modes. */
function opened(architecture: Architecture): Opened {
  const known = trees.get(architecture);
  if (known !== undefined) return known;
  const image = imageOf(architecture);
  const layout = layoutOf(image);
  const blob = (digest: string): Buffer => readFileSync(join(layout, "blobs", digest.replace(":", "/")));
  const json = (digest: string) => JSON.parse(blob(digest).toString());
  const { layers, config } = json(image.digest);
  const root = join(folder, `root-${architecture}`);
  mkdirSync(root);
  for (const { digest } of layers) {
    const { stderr, status } = spawnSync("tar", ["-x", "--same-permissions", "-C", root], {
      input: zstdDecompressSync(blob(digest)),
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
  }
  const tree = { root, config: json(config.digest).config };
  trees.set(architecture, tree);
  return tree;
}

const entriesOf = (root: string) =>
  readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => ({ path, ...statOf(join(root, path)) }));

/** As locked down as Pod Security asks, with the root file system read-only. */
const podOfImage = (namespace: string, image: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "image", namespace },
  spec: {
    restartPolicy: "Never",
    hostUsers: false,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "palisade",
        image,
        args: ["version"],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});

const phaseOf = (cluster: TestCluster, namespace: string): Promise<string> =>
  kubectl(cluster, ["get", "pod", "image", "-n", namespace, "-o", "jsonpath={.status.phase}"]);

const statOf = (file: string) => {
  const stat = lstatSync(file);
  return { mode: stat.mode, uid: stat.uid, gid: stat.gid, isFile: stat.isFile(), isLink: stat.isSymbolicLink() };
};

describe("the image", () => {
  const namespace = uniqueNamespace("image");

  test("is the same to the last byte when it is made anew", async () => {
    const [again] = await built("second", [OWN]);
    const first = imageOf(OWN);

    expect(again?.digest).toBe(first.digest);
    expect(readFileSync(again?.archive ?? "").equals(readFileSync(first.archive))).toBe(true);
    expect(readFileSync(again?.sboms[0] ?? "", "utf8")).toBe(readFileSync(first.sboms[0] ?? "", "utf8"));
  }, 120_000);

  test.each(BOTH)("for %s is below 60 MB, and a registry takes it and gives it back whole", async (architecture) => {
    const image = imageOf(architecture);

    expect(image.size).toBeLessThan(MOST_BYTES);
    expect(await judge.layout(layoutOf(image))).toEqual({ digest: image.digest, platforms: [`linux/${architecture}`] });
  });

  test("for both is one index", async () => {
    const both = images[BOTH.length];
    if (both === undefined) throw new Error("no image for both");

    expect(both.name).toBe("registry.example.com/palisade:1.2.3");
    expect(await judge.layout(layoutOf(both))).toEqual({
      digest: both.digest,
      platforms: ["linux/amd64", "linux/arm64"],
    });
  });

  test("starts the operator as a user that is not root", () => {
    const { root, config } = opened(OWN);

    expect(config).toMatchObject({
      User: `${USER}:${USER}`,
      Entrypoint: ["/usr/bin/node", "/palisade.mjs"],
      Cmd: ["operator"],
    });
    expect(readFileSync(join(root, "etc/passwd"), "utf8")).toContain(`nonroot:x:${USER}:${USER}:`);
  });

  test.each(BOTH)("for %s holds one program, no shell, and nothing that its user could change", (architecture) => {
    const entries = entriesOf(opened(architecture).root);
    const executable = entries.filter(({ mode, isFile }) => isFile && (mode & 0o111) !== 0).map(({ path }) => path);

    expect(executable.filter((path) => !/\/ld-linux-[a-z0-9-]+\.so\.[12]$/.test(path))).toEqual([PATHS.node]);
    for (const { path, mode, uid, gid, isLink } of entries) {
      expect([path, uid, gid]).toEqual([path, 0, 0]);
      // Neither set-user-ID, set-group-ID nor sticky; writable by its owner alone.
      if (!isLink) expect([path, mode & 0o7022]).toEqual([path, 0]);
    }
  });

  test.each(BOTH)("for %s holds every library that Node is linked to", async (architecture) => {
    const { programs, libraries } = await judge.linkage(opened(architecture).root);

    expect(programs).toContain(`/${PATHS.node}`);
    expect(libraries).toEqual(expect.arrayContaining(["libc.so.6", "libm.so.6", "libstdc++.so.6"]));
  });

  test("runs with what is in it: no library, module or file of this machine", () => {
    const { root } = opened(OWN);
    const program = [`--userspec=${USER}:${USER}`, root, "/usr/bin/node", "/palisade.mjs"];
    const env = { PATH: process.env["PATH"] };
    const run = (...args: readonly string[]) => spawnSync("chroot", [...program, ...args], { encoding: "utf8", env });

    expect(run("version")).toMatchObject({ status: 0, stdout: "1.2.3\n", stderr: "" });
    expect(run("operator", "--help")).toMatchObject({ status: 0, stderr: "" });
    expect(run("operator", "--config", "/nonexistent")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--config /nonexistent: ENOENT"),
    });
  });

  test("is taken by containerd, and runs in a pod that has no right but to run", async () => {
    const cluster = await sharedCluster();
    const [both] = images.slice(-1);
    if (both === undefined) throw new Error("no image");
    await loadImage(cluster, both.archive);
    await kubectl(cluster, ["create", "namespace", namespace]);
    await kubectl(cluster, ["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    await kubectl(cluster, ["create", "-f", "-"], { input: podOfImage(namespace, both.name) });

    await until(async () => (await phaseOf(cluster, namespace)) === "Succeeded", "the pod to end");

    expect(await kubectl(cluster, ["logs", "image", "-n", namespace])).toBe("1.2.3\n");
  }, 60_000);

  test.each(BOTH)("for %s says what is in it, inside and beside it", async (architecture) => {
    const { root } = opened(architecture);
    const [beside = ""] = imageOf(architecture).sboms;
    const text = readFileSync(beside, "utf8");
    const { components } = JSON.parse(text);

    expect(readFileSync(join(root, PATHS.sbom), "utf8")).toBe(text);
    expect(await judge.sbom(beside)).toEqual({ version: "1.6", components: components.length });
    const records = readdirSync(join(root, "var/lib/dpkg/status.d"));
    const listed = components.filter(({ purl = "" }: { readonly purl?: string }) => purl.startsWith("pkg:deb/"));
    expect(listed.map(({ name }: { readonly name: string }) => name)).toEqual(records.sort());
    for (const name of records) {
      const control = readFileSync(join(root, "var/lib/dpkg/status.d", name), "utf8");
      expect(control).toContain(`Package: ${name}\n`);
      expect(control).toContain(`Architecture: ${architecture}\n`);
    }
  });
});
