/** Every command of the documentation is typed, in the order of its page, and does what the page says. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { promtoolBinary } from "../alerts/promtool.ts";
import { kubectl } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { writeLauncher } from "../support/palisade-command.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { expectAsSaid } from "./as-said.ts";
import type { Commands } from "./page.ts";
import { AT_THE_END, allPages, ON_A_NODE } from "./pages.ts";
import { Reader, ROOT, readPage } from "./reader.ts";

const PAGES = allPages().map((path) => ({ path, steps: readPage(path) }));
const COMMANDS = PAGES.flatMap(({ path, steps }) =>
  steps.flatMap((step) => (step.kind === "commands" ? [{ path, ...step }] : [])),
);
const MANIFESTS = PAGES.flatMap(({ steps }) => steps.filter((step) => step.kind === "manifest"));

/** The checks themselves, this one among them: that each exists is all that is looked at. */
const isOfChecks = ({ script }: { readonly script: string }): boolean =>
  linesOf(script).every((line) => OF_CHECKS.test(line));
const OF_CHECKS = /^(sudo |[A-Z_]+=\S+ )*(?=(make|npm) )/;
const linesOf = (script: string): readonly string[] =>
  script
    .split("\n")
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter((line) => line !== "");

const HERE = PAGES.map(({ path }) => ({
  path,
  steps: COMMANDS.filter((step) => step.path === path && !step.onNode && !ON_A_NODE.test(path) && !isOfChecks(step)),
})).filter(({ steps }) => steps.length > 0);
const [FIRST, LAST] = [false, true].map((isLast) => HERE.filter(({ path }) => AT_THE_END.includes(path) === isLast));

const palisade = usePalisade({ kubelet: "all", baseline: {}, admission: ADMISSION_POLICIES });
const { cluster } = palisade;
let folder: string;
let reader: Reader;
let before: ReadonlySet<string>;

const namespaces = async (): Promise<readonly string[]> =>
  (await kubectl(cluster, ["get", "namespaces", "-o", "name"])).split("\n").filter((name) => name !== "");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-docs-"));
  const binary = cluster.description?.kubectl;
  const promtool = await promtoolBinary();
  if (binary === undefined) throw new Error("pages are read on a cluster of our own");
  reader = new Reader({ cluster, folder, programs: { kubectl: binary, palisade: writeLauncher(folder), promtool } });
  await untilPoliciesStand(cluster);
  before = new Set(await namespaces());
}, 540_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tidy = async (): Promise<void> => {
  await cluster.kubectl(["delete", "securityexceptions", "--all"]);
  const made = (await namespaces()).filter((name) => !before.has(name));
  if (made.length > 0) await kubectl(cluster, ["delete", ...made, "--timeout=120s"]);
  await setBaseline(cluster, {});
};

const typeAndLook = async (commands: Commands): Promise<void> => expectAsSaid(commands, await reader.type(commands));

describe.each(FIRST ?? [])("$path", ({ steps }) => {
  afterAll(tidy, 180_000);
  test.each(steps)("$place", typeAndLook, 300_000);
});

test.each(MANIFESTS)("the object at $place is one that the API server takes", async ({ yaml }) => {
  const { namespace } = (parse(yaml) as KubeObject).metadata;
  if (namespace !== undefined) await cluster.kubectl(["create", "namespace", namespace]);
  const dryRun = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
  const { stderr, code } = await cluster.kubectl(dryRun, { input: yaml });
  expect({ stderr, code }).toMatchObject({ code: 0 });
});

test.each(COMMANDS.filter(isOfChecks))("the checks at $place exist", ({ script }) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  for (const line of linesOf(script)) {
    const [program, ...rest] = line.replace(OF_CHECKS, "").split(/\s+/);
    if (program === "npm") expect(Object.keys(scripts)).toContain(rest[1]);
    else expect(spawnSync("make", ["--dry-run", ...rest.slice(0, 1)], { cwd: ROOT }).status).toBe(0);
  }
});

/** Programs that are nowhere on the machine that tests run on. */
const ELSEWHERE = /^(docker|crane|skopeo|mkdir layout)/;

test("what is typed elsewhere is for programs that are not here", () => {
  for (const { steps } of PAGES)
    for (const step of steps) if (step.kind === "elsewhere") expect(step.script).toMatch(ELSEWHERE);
});

test("the page of the chart says what the quick start does", () => {
  const lines = (path: string) =>
    COMMANDS.filter((step) => step.path === path).flatMap(({ script }) => linesOf(script));
  expect(lines("docs/quick-start.md")).toEqual(expect.arrayContaining([...lines("charts/palisade/README.md")]));
});

describe.each(LAST ?? [])("$path", ({ steps }) => {
  beforeAll(() => palisade.stop());
  test.each(steps)("$place", typeAndLook, 300_000);
});
