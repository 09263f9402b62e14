/** The programs of a node, each built once from its Go module. */
import { join } from "node:path";
import { versionStamps } from "../binary.ts";
import type { Log } from "../build-progress.ts";
import { type GoProgram, goBinary, requiredVersion } from "../go-binary.ts";

const GO = join(import.meta.dirname, "go");
const KUBERNETES = join(import.meta.dirname, "..", "kubernetes");

interface Module {
  readonly sources: string;
  readonly path: string;
}

const kubernetes: Module = { sources: KUBERNETES, path: "k8s.io/kubernetes" };
const containerd: Module = { sources: join(GO, "containerd"), path: "github.com/containerd/containerd/v2" };
const runc: Module = { sources: join(GO, "runc"), path: "github.com/opencontainers/runc" };
const kubeRouter: Module = { sources: join(GO, "kube-router"), path: "github.com/cloudnativelabs/kube-router/v2" };
const coredns: Module = { sources: join(GO, "coredns"), path: "github.com/coredns/coredns" };
const podinfo: Module = { sources: join(GO, "podinfo"), path: "github.com/stefanprodan/podinfo" };

/** Where a program's sources are, and what is special about building it. */
type Recipe = readonly [module: Module, inModule: string, duration: string, more?: Partial<GoProgram>];

const CONTAINERD_TAGS = { tags: ["no_btrfs", "no_zfs", "no_devmapper"] };
const RUNC = { tags: ["seccomp"], env: { CGO_ENABLED: "1" } };

const RECIPES = {
  containerd: [containerd, "cmd/containerd", "about a minute on two cores", CONTAINERD_TAGS],
  "containerd-shim-runc-v2": [containerd, "cmd/containerd-shim-runc-v2", "seconds", CONTAINERD_TAGS],
  ctr: [containerd, "cmd/ctr", "seconds", CONTAINERD_TAGS],
  runc: [runc, "", "seconds", RUNC],
  kubelet: [
    kubernetes,
    "cmd/kubelet",
    "half a minute on two cores, after Kubernetes",
    { linkerFlags: versionStamps() },
  ],
  "kube-proxy": [kubernetes, "cmd/kube-proxy", "seconds, after Kubernetes", { linkerFlags: versionStamps() }],
  "kube-router": [kubeRouter, "cmd/kube-router", "about three minutes on two cores"],
  coredns: [coredns, "", "about three minutes on two cores"],
  podinfo: [podinfo, "cmd/podinfo", "about a minute on two cores"],
  podcli: [podinfo, "cmd/podcli", "seconds"],
  agnhost: [kubernetes, "test/images/agnhost", "seconds, after Kubernetes"],
} satisfies Readonly<Record<string, Recipe>>;

export type NodeProgram = keyof typeof RECIPES;

const NAMES = Object.keys(RECIPES) as readonly NodeProgram[];

function programOf(name: NodeProgram): GoProgram {
  const [{ sources, path }, inModule, duration, more = {}]: Recipe = RECIPES[name];
  const title = `${name} ${requiredVersion(sources, path)}`;
  return { name, title, duration, sources, package: [path, inModule].filter(Boolean).join("/"), ...more };
}

/** The path of every program, built first where needed: one at a time, since each build uses all cores. */
export async function nodeBinaries(log: Log): Promise<Readonly<Record<NodeProgram, string>>> {
  const paths: Partial<Record<NodeProgram, string>> = {};
  for (const name of NAMES) paths[name] = await goBinary(programOf(name), log);
  return paths as Record<NodeProgram, string>;
}

/** The folder of a program's module, for the files that go with it. */
export const sourcesOf = (name: NodeProgram): Module => RECIPES[name][0];
