/** What the machine must be, and have, to run a node; what Debian can add is added. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Log } from "../build-progress.ts";
import { aptGet, isInstalled } from "./apt.ts";

/** Installed on this machine: the node calls them by their usual paths. */
const PACKAGES: Readonly<Record<string, string>> = {
  iptables: "kube-proxy's and the policies' rules",
  ipset: "the policies' sets of addresses",
  kmod: "kube-router asks it for kernel modules",
  "containernetworking-plugins": "the pods' network",
  iproute2: "the node's network",
  "util-linux": "the node's namespaces",
  openssl: "the certificate by which the API server speaks to the kubelet",
  gcc: "runc is partly C",
  "libc6-dev": "runc is partly C",
  "libseccomp-dev": "runc's seccomp filters",
  "pkg-config": "finds libseccomp",
};

/** Throws, in one sentence with the way out, when no node can run here. */
export function mustBeAble(): void {
  if (process.platform !== "linux")
    throw new Error(needs(`Linux, and this is ${process.platform}: use a virtual machine`));
  if (process.getuid?.() !== 0) throw new Error(needs("root, since it makes namespaces and mounts: run sudo make e2e"));
  if (!existsSync("/usr/bin/apt-get")) {
    throw new Error(needs("a Debian or Ubuntu machine, and this one has no apt-get: use a virtual machine"));
  }
  // Root of a container that may do nothing is root by name.
  const { status } = spawnSync("unshare", ["--mount", "--net", "--pid", "--ipc", "--fork", "--mount-proc", "true"]);
  if (status !== 0)
    throw new Error(needs("the right to make namespaces, which this container withholds: use a virtual machine"));
}

/** Throws as {@link mustBeAble}, and installs the Debian packages that are missing. */
export async function meetRequirements(log: Log): Promise<void> {
  mustBeAble();
  const missing = Object.keys(PACKAGES).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  for (const name of missing) log(`installing the Debian package ${name}: ${PACKAGES[name]}`);
  await aptGet(["update"], log);
  await aptGet(["install", "--yes", "--no-install-recommends", ...missing], log);
}

const needs = (what: string): string => `The real node of make e2e needs ${what}.`;
