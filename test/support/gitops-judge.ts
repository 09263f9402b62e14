/** Asks what Argo CD, Flux and kstatus make of objects, through the program in `test/gitops` and the customizations of the chart. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { goBinary } from "../cluster/go-binary.ts";
import { askProgram } from "./ask-program.ts";

const SOURCES = join(import.meta.dirname, "..", "gitops");
const GITOPS = join(import.meta.dirname, "..", "..", "charts", "palisade", "gitops");

export interface GitopsVerdict {
  readonly argo: { readonly status: string; readonly message?: string };
  readonly flux: string;
  readonly kstatus: string;
}

export const gitopsJudgeBinary = (): Promise<string> =>
  goBinary({
    name: "gitops",
    title: "the judge of GitOps health (Flux' CEL, kstatus, Argo CD's Lua)",
    duration: "a minute or two on two cores",
    sources: SOURCES,
  });

/** One verdict for each object, in their order. The program is built first where needed. */
export async function gitopsVerdicts(objects: readonly object[]): Promise<readonly GitopsVerdict[]> {
  return askProgram(await gitopsJudgeBinary(), { argo: argoScripts(), flux: fluxChecks(), objects });
}

const SCRIPT = /^resource\.customizations\.health\.([^_]+)_(.+)$/;

/** By group and kind, as Argo CD finds them in its ConfigMap. */
function argoScripts(): Readonly<Record<string, string>> {
  const { data } = read("argocd/argocd-cm.yaml") as { readonly data: Readonly<Record<string, string>> };
  return Object.fromEntries(
    Object.entries(data).map(([key, script]) => {
      const [, group, kind] = SCRIPT.exec(key) ?? [];
      if (kind === undefined) throw new Error(`${key} is no health script`);
      return [`${group}/${kind}`, script];
    }),
  );
}

const fluxChecks = (): unknown =>
  (read("flux/health-checks.yaml") as { readonly spec: { readonly healthCheckExprs: unknown } }).spec.healthCheckExprs;

const read = (file: string): unknown => parse(readFileSync(join(GITOPS, file), "utf8"));
