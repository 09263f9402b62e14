/** The quick start, typed from its first line to its last on an empty cluster with a real node, by the people it names. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownArchitecture } from "../../scripts/image/platforms.ts";
import type { TestCluster } from "../cluster/index.ts";
import { loadImage } from "../cluster/load-image.ts";
import { nodeBinaries } from "../cluster/node/binaries.ts";
import { startNodeCluster } from "../cluster/node/index.ts";
import { runInside } from "../cluster/node/space.ts";
import { CACHE_ROOT } from "../cluster/paths.ts";
import { expectAsSaid } from "../docs/as-said.ts";
import type { Commands } from "../docs/page.ts";
import { Reader, ROOT, readPage } from "../docs/reader.ts";
import { helmBinary } from "../support/helm.ts";
import { IMAGES } from "./support/e2e.ts";

/** The image that the page runs, by the name that it has there. */
const WEB = "registry.example.com/shop/web:1.4.2";

let cluster: TestCluster;
let reader: Reader;
const folder = mkdtempSync(join(tmpdir(), "palisade-quick-start-"));

beforeAll(async () => {
  cluster = await startNodeCluster({});
  const { kubectl, folder: node } = cluster.description ?? {};
  if (kubectl === undefined || node === undefined) throw new Error("the page is read on a node of ours");
  const programs = { kubectl, helm: await helmBinary(4) };
  reader = new Reader({ cluster, folder, programs, env: { XDG_CACHE_HOME: join(CACHE_ROOT, "..") } });
  const { ctr } = await nodeBinaries(() => {});
  runInside(node, [ctr, "--namespace", "k8s.io", "images", "tag", IMAGES.podinfo, WEB]);
}, 300_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Stands in for the registry that the reader pushes to. */
const pushToNode = (): Promise<void> => loadImage(cluster, join(ROOT, "dist", `palisade-${ownArchitecture()}.oci.tar`));

/** The packages are those that run this test: `make` installs none under it. */
const withoutInstalling = (commands: Commands): Commands => ({
  ...commands,
  script: commands.script.replace(/^make /gm, "make --old-file=node_modules/.palisade-installed "),
});

const isTyped = (step: { readonly kind: string }): step is Commands => step.kind === "commands";

describe("the quick start", () => {
  test.each(readPage("docs/quick-start.md").filter(isTyped))(
    "$place",
    async (commands) => {
      expectAsSaid(commands, await reader.type(withoutInstalling(commands)));
      if (commands.script.startsWith("make image")) await pushToNode();
    },
    250_000,
  );
});
