/** The images the node has: no registry is asked, so these are all there are. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { copiedFile, type TarEntry, textFile } from "../../../../scripts/image/tar.ts";
import { type NodeProgram, sourcesOf } from "../binaries.ts";
import type { PlainImage } from "./archive.ts";
import { type DebianTree, debianTree, type SourceFile } from "./debian-tree.ts";
import { NGINX_CONF } from "./nginx-conf.ts";

const REGISTRY = "registry.example.com";

/** The names by which pods ask for them. */
export const IMAGES = {
  /** Holds a pod's namespaces; busybox' sleep. */
  pause: `${REGISTRY}/pause:1`,
  /** A shell with the usual small tools, wget and nc among them. */
  busybox: `${REGISTRY}/busybox:1`,
  /** Kubernetes' own tool for tests of networks and more, whose first argument says what to be, with curl beside it. */
  agnhost: `${REGISTRY}/agnhost:1`,
  /** A small web application on port 9898, with podcli beside it. */
  podinfo: `${REGISTRY}/podinfo:6`,
  /** A web server on port 80; it writes below /tmp. */
  nginx: `${REGISTRY}/nginx:1`,
  /** A database on port 6379; it keeps its data in /data. */
  redis: `${REGISTRY}/redis:7`,
  coredns: `${REGISTRY}/coredns:1`,
} as const;

export type ImageName = keyof typeof IMAGES;

export interface Ingredients {
  readonly binaries: Readonly<Record<NodeProgram, string>>;
  /** Unpacks Debian packages. */
  readonly debian: (packages: readonly string[], programs: readonly string[]) => DebianTree;
}

/** Unpacks below a folder that the caller removes afterwards. */
export const debianBelow =
  (folder: string): Ingredients["debian"] =>
  (packages, programs) =>
    debianTree(packages, programs, join(folder, packages.join("-")));

type Recipe = (ingredients: Ingredients) => Omit<PlainImage, "name">;

export const RECIPES: Readonly<Record<ImageName, Recipe>> = {
  pause: (from) => ({ config: { Entrypoint: ["/bin/sleep", "infinity"] }, files: base(from) }),

  busybox: (from) => ({ config: { ...PATH, Cmd: ["/bin/sh"] }, files: base(from) }),

  agnhost: (from) => ({
    config: { ...PATH, Entrypoint: ["/agnhost"], Cmd: ["pause"] },
    files: together(base(from), from.debian(["curl"], ["/usr/bin/curl"]).files.map(executable), [
      binary("/agnhost", from.binaries.agnhost),
    ]),
  }),

  podinfo: (from) => ({
    config: { ...PATH, Cmd: ["./podinfo"], WorkingDir: "/home/app" },
    files: [
      ...base(from),
      binary("/home/app/podinfo", from.binaries.podinfo),
      binary("/usr/local/bin/podcli", from.binaries.podcli),
      ...folder("/home/app/ui", join(moduleFolder("podinfo"), "ui")),
    ],
  }),

  nginx: (from) => {
    const { root, files } = from.debian(["nginx"], ["/usr/sbin/nginx"]);
    return {
      config: { ...PATH, Entrypoint: ["/usr/sbin/nginx"], Cmd: ["-g", "daemon off;"] },
      files: together(base(from), files.map(executable), [
        text("/etc/nginx/nginx.conf", NGINX_CONF),
        text("/usr/share/nginx/html/index.html", "<h1>Welcome to nginx</h1>\n"),
        copiedFile("etc/nginx/mime.types", join(root, "etc/nginx/mime.types")),
      ]),
    };
  },

  redis: (from) => {
    const programs = ["/usr/bin/redis-server", "/usr/bin/redis-cli"];
    const { files } = from.debian(["redis-server", "redis-tools"], programs);
    return {
      config: {
        ...PATH,
        Entrypoint: ["/usr/bin/redis-server"],
        Cmd: ["--dir", "/data", "--protected-mode", "no"],
        WorkingDir: "/data",
      },
      files: together(base(from), files.map(executable), [{ kind: "folder", path: "data", mode: 0o755 }]),
    };
  },

  coredns: (from) => ({
    config: { Entrypoint: ["/coredns"] },
    files: [binary("/coredns", from.binaries.coredns)],
  }),
};

const PATH = { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] };

/** busybox with all its names, and what a program expects of a system: users, name resolution, /tmp. */
function base({ debian }: Ingredients): readonly TarEntry[] {
  const { root, files } = debian(["busybox"], ["/bin/busybox"]);
  const names = spawnSync(join(root, "bin", "busybox"), ["--list"], { encoding: "utf8" })
    .stdout.trim()
    .split("\n");
  return [
    ...files.map(executable),
    ...names
      .filter((name) => name !== "busybox")
      .map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
    text("/etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"),
    text("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    text("/etc/nsswitch.conf", "hosts: files dns\n"),
    { kind: "folder", path: "tmp", mode: 0o1777 },
  ];
}

/** What several lists have in common is taken once: two programs may share a library. */
const together = (...lists: readonly (readonly TarEntry[])[]): readonly TarEntry[] => [
  ...new Map(lists.flat().map((entry) => [entry.path, entry])).values(),
];

const relative = (path: string): string => path.replace(/^\//, "");

const executable = ({ path, source }: SourceFile): TarEntry => binary(path, source);

const binary = (path: string, source: string): TarEntry => copiedFile(relative(path), source, 0o755);

const text = (path: string, content: string): TarEntry => textFile(relative(path), content);

const folder = (path: string, source: string): readonly TarEntry[] =>
  readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => copiedFile(relative(file.replace(source, path)), file));

function moduleFolder(name: NodeProgram): string {
  const { sources, path } = sourcesOf(name);
  const { stdout, status } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", path], {
    cwd: sources,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go does not find the module ${path}`);
  return stdout.trim();
}
