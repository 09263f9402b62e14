/**
 * The guide to migration, typed from its first line to its last where pods run: an application of plain Deployments becomes sealed, and nobody who calls
 * notices. One call stands in none of its files; it is learned, and goes on.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestCluster, until } from "../cluster/index.ts";
import { nodeBinaries } from "../cluster/node/binaries.ts";
import { runInside } from "../cluster/node/space.ts";
import { expectAsSaid } from "../docs/as-said.ts";
import type { Commands } from "../docs/page.ts";
import { MIGRATION } from "../docs/pages.ts";
import { Reader, readPage } from "../docs/reader.ts";
import { writeLauncher } from "../support/palisade-command.ts";
import { dropBaseline } from "../support/platform.ts";
import { IMAGES, kubectl, sharedCluster } from "./support/e2e.ts";
import { NAMESPACE } from "./support/release.ts";

const SHOP = "shop";
const isTyped = (step: { readonly kind: string }): step is Commands => step.kind === "commands";
const STEPS = readPage(MIGRATION).filter(isTyped);

/** What runs under the names of the page. */
const PARTS: Readonly<Record<string, string>> = {
  web: IMAGES.podinfo,
  api: IMAGES.podinfo,
  cache: IMAGES.redis,
  shopper: IMAGES.agnhost,
};

const folder = mkdtempSync(join(tmpdir(), "palisade-e2e-migration-"));
let cluster: TestCluster;
let reader: Reader;

/** The images that `text` names, and the one that learn is told, stand in for those of a registry. */
async function nameImages(): Promise<void> {
  const { folder: node } = cluster.description ?? {};
  if (node === undefined) throw new Error("the page is read on a node of ours");
  const { ctr } = await nodeBinaries(() => {});
  const tag = (image: string, name: string): void =>
    void runInside(node, [ctr, "--namespace", "k8s.io", "images", "tag", "--force", image, name]);
  const text = STEPS.map(({ script }) => script).join("\n");
  for (const [name, image] of Object.entries(PARTS)) {
    const [named] = new RegExp(`registry\\.example\\.com/shop/${name}@sha256:[0-9a-f]{64}`).exec(text) ?? [];
    if (named === undefined) throw new Error(`the page names no image of ${name}`);
    tag(image, named);
  }
  const path = "jsonpath={.items[0].spec.template.spec.containers[0].image}";
  const installed = await kubectl(cluster, ["get", "deployments", "-n", NAMESPACE, "-o", path]);
  tag(installed, /--image (\S+)/.exec(text)?.[1] ?? "");
}

beforeAll(async () => {
  cluster = await sharedCluster();
  const programs = { kubectl: cluster.description?.kubectl ?? "", palisade: writeLauncher(folder) };
  reader = new Reader({ cluster, folder, programs });
  await nameImages();
}, 120_000);

afterAll(async () => {
  await dropBaseline(cluster);
  await cluster.kubectl(["delete", "namespace", SHOP, "--timeout=120s"]);
  rmSync(folder, { recursive: true, force: true });
}, 180_000);

describe("the guide to migration", () => {
  test.each(STEPS)(
    "$place",
    async (commands) => {
      expectAsSaid(commands, await reader.type(commands));
    },
    250_000,
  );

  test("leaves a call that no file had in both of its files", () => {
    const text = (name: string): string =>
      readFileSync(join(folder, "desk", "converted", "secure", `${name}.yaml`), "utf8");
    expect(text("shopper")).toMatch(/workload: api, port: 9898 \} # learn: seen, not declared/);
    expect(text("api")).toMatch(/workload: shopper, port: 9898 \} # learn: seen, not declared/);
  });

  test("leaves every call answered, by SecureWorkloads alone", async () => {
    const logs = ["logs", "-n", SHOP, "-l", "palisade.dev/workload=shopper", "--tail=6"];
    // Six lines that follow each other: both calls, three times.
    const answered = async (): Promise<boolean> => {
      const lines = (await kubectl(cluster, logs)).trim().split("\n");
      return lines.length === 6 && lines.every((line) => /^(web|api) 20\d$/.test(line));
    };
    await until(answered, "the shopper's calls to be answered", 60_000);
    // Pods of before take their grace period to end.
    const before = ["get", "pods", "-n", SHOP, "-l", "!palisade.dev/workload", "-o", "name"];
    await until(async () => (await kubectl(cluster, before)) === "", "the pods of before to go", 60_000);
  });
});
