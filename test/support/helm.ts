/** Real Helm, each major version built once from its Go module. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goBinary, requiredVersion } from "../cluster/go-binary.ts";
import { type CommandResult, runProgram } from "../cluster/kubectl.ts";

const SOURCES = join(import.meta.dirname, "..", "helm");

/** The chart, from wherever a test runs. */
export const CHART = join(import.meta.dirname, "..", "..", "charts", "palisade");

export const HELM_VERSIONS = [3, 4] as const;
export type HelmVersion = (typeof HELM_VERSIONS)[number];

export interface HelmOptions {
  /** Whose cluster is asked; none unless set, whatever the environment says. */
  readonly kubeconfig?: string;
  readonly input?: string;
}

/** The path of its binary, built first where needed: three minutes for the first of the two, seconds for the other. */
export function helmBinary(version: HelmVersion): Promise<string> {
  const module = `helm.sh/helm/v${version}`;
  const exact = requiredVersion(SOURCES, module);
  return goBinary({
    name: `helm${version}`,
    title: `Helm ${exact}`,
    duration: "about three minutes on two cores, and seconds for the other major version",
    sources: SOURCES,
    package: `${module}/cmd/helm`,
    linkerFlags: ["-s -w", ...stamps(module, exact)].join(" "),
  });
}

/** As a release of Helm is stamped: without them Helm 3 takes charts to be for Kubernetes 1.20. What a version has no such variable for is ignored. */
function stamps(module: string, exact: string): readonly string[] {
  const [, minor = ""] = requiredVersion(SOURCES, "k8s.io/client-go").split(".");
  const kubernetes = ["lint/rules", "chartutil"].flatMap((folder) => [
    `${module}/pkg/${folder}.k8sVersionMajor=1`,
    `${module}/pkg/${folder}.k8sVersionMinor=${minor}`,
  ]);
  return [`${module}/internal/version.version=${exact}`, ...kubernetes].map((stamp) => `-X ${stamp}`);
}

/** Resolves whatever Helm made of it; look at `code`. It reads nothing of the user's own: plugins, repositories and caches are empty. */
export async function helm(
  version: HelmVersion,
  args: readonly string[],
  { kubeconfig, input = "" }: HelmOptions = {},
): Promise<CommandResult> {
  const binary = await helmBinary(version);
  const home = mkdtempSync(join(tmpdir(), "palisade-helm-"));
  try {
    const folders = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    const env = { PATH: process.env["PATH"], HOME: home, ...folders, KUBECONFIG: kubeconfig ?? join(home, "none") };
    return await runProgram(binary, args, { env, input });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** As {@link helm}, and throws with Helm's own words when it fails. */
export async function mustHelm(
  version: HelmVersion,
  args: readonly string[],
  options: HelmOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await helm(version, args, options);
  if (code !== 0) throw new Error(`helm ${version}: ${args.slice(0, 2).join(" ")} failed: ${stderr || stdout}`);
  return stdout;
}
