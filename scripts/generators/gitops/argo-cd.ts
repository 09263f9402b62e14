/**
 * Argo CD's resource customizations: a health script for each kind, and all of them as a patch of `argocd-cm`. The scripts use no library:
 * Argo CD opens none but `table` and two functions of `os` for them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedFile, MARK, yamlFile } from "../generated-file.ts";
import { KIND_HEALTH, type KindHealth } from "./health.ts";

const FOLDER = "charts/palisade/gitops/argocd";

/** What health.lua judges by, and then health.lua itself. */
function healthScript({ condition, reasons, resource }: KindHealth): string {
  const rows = Object.entries(reasons)
    .filter(([, health]) => health !== "Beside")
    .map(([reason, health]) => `  ${reason} = "${health}",\n`);
  return `-- ${MARK}
-- ${resource.kind}: what each reason of its conditions means
local condition = "${condition}"
local reasons = {
${rows.join("")}}
${readFileSync(join(import.meta.dirname, "health.lua"), "utf8")}`;
}

const nameOf = ({ resource }: KindHealth): string => `${resource.group}_${resource.kind}`;

const patch = () => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "argocd-cm", namespace: "argocd", labels: { "app.kubernetes.io/part-of": "argocd" } },
  data: Object.fromEntries(
    KIND_HEALTH.map((kind) => [`resource.customizations.health.${nameOf(kind)}`, healthScript(kind)]),
  ),
});

export const argoCdFiles: readonly GeneratedFile[] = [
  ...KIND_HEALTH.map((kind) => ({ path: `${FOLDER}/${nameOf(kind)}.lua`, render: () => healthScript(kind) })),
  yamlFile(
    `${FOLDER}/argocd-cm.yaml`,
    () => [patch()],
    "kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml",
  ),
];
