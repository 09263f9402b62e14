/** The embedded Kubernetes: etcd, API server, controllers, scheduler and kubectl in one binary. */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "./build-progress.ts";
import { goBinary, requiredVersion } from "./go-binary.ts";

const SOURCES = join(import.meta.dirname, "kubernetes");

/** `v1.37.2`, as go.mod requires it. */
export const kubernetesVersion = (): string => requiredVersion(SOURCES, "k8s.io/kubernetes");

/** The path of the binary, built first where needed. `kubectl` lies beside it. */
export function kubernetesBinary(log: Log): Promise<string> {
  const program = {
    name: "kubernetes",
    title: `Kubernetes ${kubernetesVersion()}`,
    duration: "about eight minutes on two cores",
    sources: SOURCES,
    linkerFlags: versionStamps(),
    withoutGo: (cause: string) =>
      `The embedded Kubernetes is built with Go 1.26 or newer, but ${cause}: install Go 1.26 or newer, or set PALISADE_CLUSTER=kind (needs Docker and kind), or set PALISADE_CLUSTER=existing to use the current kube context.`,
    finish: linkKubectl,
  };
  return goBinary(program, log);
}

/** Without them the API server reports no version. */
export function versionStamps(): string {
  const version = kubernetesVersion();
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-s -w", ...stamps].join(" ");
}

function linkKubectl(folder: string): void {
  rmSync(join(folder, "kubectl"), { force: true });
  symlinkSync("kubernetes", join(folder, "kubectl"));
}
