/** The report in a real browser: opened from disk, filtered, followed, moved in by keyboard, and measured against the JSON that it carries. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { SEVERITIES } from "../../src/audit/severity.ts";
import { internetCounts, internetState, Pairs, totalOf } from "../../src/report/pairs.ts";
import { auditPage } from "../support/report-pages.ts";
import { launchBrowser } from "./chromium.ts";
import { contrastOf } from "./contrast.ts";
import { heldPage, manyManifests, NOW, PAIR, shopPage } from "./pages.ts";
import { differenceOf, PICTURES, takePicture } from "./pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "palisade-report-"));
let browser: Browser;
/** What a page asked for and complained about. */
let requests: string[];
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens it from disk. */
async function open(html: string, options: BrowserContextOptions = {}): Promise<Page> {
  const file = join(folder, `${Math.random()}.html`);
  writeFileSync(file, html);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  [requests, complaints] = [[], []];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
  await page.goto(pathToFileURL(file).href);
  return page;
}

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.startsWith("file:"))).toEqual([]);
  expect(new Set(requests.map((url) => url.replace(/#.*/, ""))).size).toBe(1);
});

const SHOP = shopPage();
const HELD = heldPage();

describe("an audit", () => {
  test("shows the numbers that its JSON holds", async () => {
    const page = await open(SHOP.html);
    const findings = SHOP.audit.findings;
    for (const severity of SEVERITIES) {
      const own = findings.filter((finding) => finding.severity === severity).length;
      expect(await page.locator(`[data-count=${severity}] .number`).innerText()).toBe(String(own));
      expect(await page.locator(`.finding.${severity}`).count()).toBe(own);
    }
    const counts = totalOf(SHOP.matrix);
    for (const state of ["open", "declared", "closed"] as const)
      expect(await page.locator(`[data-state=${state}]`).innerText()).toBe(String(counts[state]));
    const outside = internetCounts(SHOP.matrix);
    for (const state of ["open", "declared"] as const)
      expect(await page.locator(`[data-internet=${state}]`).innerText()).toBe(String(outside[state]));
    expect(await page.locator("#shown").innerText()).toBe(`${findings.length} of ${findings.length} shown`);
    const carried = JSON.parse((await page.locator("#answer").textContent()) ?? "") as { findings: object[] };
    expect(carried.findings).toEqual(JSON.parse(JSON.stringify(SHOP.data["findings"])));
  });

  test("shows the worst chain first, as a row of boxes", async () => {
    const page = await open(SHOP.html);
    const boxes = page.locator(".finding").first().locator(".box");
    const [first] = SHOP.audit.findings;
    expect(await boxes.count()).toBe((first?.chain?.links.length ?? 0) + 2);
    expect(await boxes.first().innerText()).toContain("internet");
    expect(await boxes.last().innerText()).toContain("cluster");
    const sides = await boxes.evaluateAll((all) => all.map((box) => box.getBoundingClientRect().left));
    expect(sides[1]).toBeGreaterThan(sides[0] ?? 0);
  });

  test("filters by text, severity and namespace, and keeps the question in its address", async () => {
    const page = await open(SHOP.html);
    const shown = (): Promise<number> => page.locator(".finding:visible").count();
    const all = await shown();
    await page.getByLabel("Text").fill("enable-skip-login");
    const some = await shown();
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(all);
    expect(await page.locator("#shown").innerText()).toBe(`${some} of ${all} shown`);
    await page.getByRole("button", { name: "Reset" }).click();
    for (const severity of SEVERITIES.filter((one) => one !== "critical"))
      await page.getByRole("checkbox", { name: severity }).uncheck();
    const critical = SHOP.audit.findings.filter(({ severity }) => severity === "critical").length;
    expect(await shown()).toBe(critical);
    const address = page.url();
    expect(address).toContain("#filter?severity=critical");
    await page.goto("about:blank");
    await page.goto(address);
    expect(await shown()).toBe(critical);
    requests = requests.filter((url) => url !== "about:blank");
  });

  test("a link to a finding leads there, though a filter hides it", async () => {
    const page = await open(SHOP.html);
    await page.getByLabel("Text").fill("no such text");
    expect(await page.locator(".finding:visible").count()).toBe(0);
    const id = await page.locator(".finding").last().getAttribute("id");
    await page.evaluate((hash) => {
      location.hash = hash ?? "";
    }, id);
    await page.locator(`[id="${id}"]:visible`).waitFor();
    expect(await page.locator(".finding:visible").count()).toBe(1);
  });

  test("lists every object of a rule once it is opened", async () => {
    const page = await open(SHOP.html);
    const at = SHOP.audit.findings.findIndex(({ kind, members }) => kind === "posture" && members.length > 5);
    const details = page.locator(`[data-finding="${at}"]`);
    await details.locator("summary").click();
    const count = SHOP.audit.findings[at]?.members.length ?? 0;
    await details
      .locator("li")
      .nth(count - 1)
      .waitFor();
    expect(await details.locator("li").count()).toBe(count);
  });
});

describe("the matrix", () => {
  const { matrix } = SHOP;

  test("goes from namespaces to workloads to evidence by keyboard alone", async () => {
    const page = await open(SHOP.html);
    await page.locator("#matrix").scrollIntoViewIfNeeded();
    const cells = page.locator("#matrix td");
    await cells.first().waitFor();
    expect(await cells.count()).toBe((matrix.namespaces.length + 1) * matrix.namespaces.length);
    const [from, to] = [matrix.namespaces.indexOf("shop"), matrix.namespaces.indexOf("data")];
    await page.locator("#matrix td[tabindex='0']").focus();
    for (let down = 0; down <= from; down += 1) await page.keyboard.press("ArrowDown");
    for (let right = 0; right < to; right += 1) await page.keyboard.press("ArrowRight");
    const counts = matrix.counts[from]?.[to];
    const label = `from shop to data: ${counts?.open} open, ${counts?.declared} declared, ${counts?.closed} closed`;
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(label);
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("evidence");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const grid = page.getByRole("grid", { name: "reach from workloads of shop to those of data" });
    await grid.waitFor();
    await page.keyboard.press("Enter");
    expect(await page.locator("#evidence").innerText()).toMatch(/port \d+\/TCP: \w+/);
  });

  test("says of each pair of two namespaces what the data say, and names the policies", async () => {
    const page = await open(SHOP.html);
    await page.locator("#matrix").scrollIntoViewIfNeeded();
    await page.getByRole("gridcell", { name: /^from shop to data:/ }).click();
    await page.getByRole("button", { name: "show its workloads" }).click();
    const pairs = new Pairs(matrix);
    const labels = await page
      .locator("#matrix td")
      .evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
    const inNamespace = (name: string) =>
      matrix.workloads.flatMap(({ id }, at) => (id.split("/")[1] === name ? [{ at, name: id.split("/")[2] }] : []));
    expect(labels).toEqual(
      inNamespace("shop").flatMap((source) =>
        inNamespace("data").map(
          (other) => `from Deployment/${source.name} to Deployment/${other.name}: ${pairs.worst(source.at, other.at)}`,
        ),
      ),
    );
    await page.getByRole("gridcell", { name: "from Deployment/cart to Deployment/redis: declared" }).click();
    expect(await page.locator("#evidence").innerText()).toContain("NetworkPolicy/data/redis");
    await page.getByRole("button", { name: "back to namespaces" }).click();
    await page.getByRole("grid", { name: "reach from namespace to namespace" }).waitFor();
  });

  test("says first what the internet reaches, through what, and which findings are about it", async () => {
    const page = await open(SHOP.html);
    await page.locator("#matrix").scrollIntoViewIfNeeded();
    const row = page.locator("#matrix tbody tr").first();
    expect(await row.locator("th").innerText()).toBe("the internet");
    const labels = await row.locator("td").evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
    expect(labels).toEqual(
      matrix.namespaces.map((name, namespace) => {
        const own = matrix.internet.filter((_, at) => matrix.workloads[at]?.namespace === namespace);
        const { open: reached, declared, closed } = internetCounts({ internet: own });
        return `from the internet to ${name}: ${reached} open, ${declared} declared, ${closed} closed`;
      }),
    );
    await page.getByRole("gridcell", { name: /^from the internet to kube-system:/ }).click();
    await page.getByRole("button", { name: "show its workloads" }).click();
    const at = matrix.workloads.findIndex(({ id }) => id === "Deployment/kube-system/kubernetes-dashboard");
    const state = internetState(matrix.internet[at]);
    await page
      .getByRole("gridcell", { name: `from the internet to Deployment/kubernetes-dashboard: ${state}` })
      .click();
    const text = await page.locator("#evidence").innerText();
    expect(text).toContain("Through Service/kubernetes-dashboard (NodePort 30443), see dashboard-2018.yaml:");
    expect(text).toContain("chain from internet to cluster");
    await page.getByRole("button", { name: "back to namespaces" }).click();
  });

  test("says of two SecureWorkloads where they declare it", async () => {
    const page = await open(auditPage({ "pair.yaml": PAIR }, { now: NOW }).html);
    await page.locator("#matrix").scrollIntoViewIfNeeded();
    await page.getByRole("gridcell", { name: /^from shop to shop:/ }).click();
    await page.getByRole("button", { name: "show its workloads" }).click();
    await page.getByRole("gridcell", { name: "from Deployment/web to Deployment/api: declared" }).click();
    const evidence = page.locator("#evidence");
    expect(await evidence.innerText()).toContain(
      "Declared in access.outbound of SecureWorkload/shop/web and access.inbound of SecureWorkload/shop/api",
    );
    await page.getByRole("gridcell", { name: "from Deployment/api to Deployment/web: open" }).click();
    expect(await evidence.innerText()).toContain("not every end declares it");
  });
});

test("a report shows what Palisade holds, and the last one beside it", async () => {
  const page = await open(HELD.html);
  const { holds } = HELD.data as unknown as {
    holds: { namespaces: { enrolment: string }[]; corrections: { total: number } };
  };
  for (const state of ["Sealed", "Guarding", "Observing", "None"])
    expect(await page.locator(`[data-enrolment=${state}] .number`).innerText()).toBe(
      String(holds.namespaces.filter(({ enrolment }) => enrolment === state).length),
    );
  expect(await page.locator("[data-corrections=total]").innerText()).toBe(String(holds.corrections.total));
  const text = await page.locator("#holds").textContent();
  for (const said of ["StatefulSet/postgres", "cart-root", "20 (", "kubectl-edit", "2026-11-29"])
    expect(text).toContain(said);
  const since = await page.locator("#since").innerText();
  expect(since).toContain("mailer");
  expect(Number(await page.locator("[data-since=appeared]").innerText())).toBeGreaterThan(0);
  expect(await page.locator("#unread").innerText()).toContain("nodes");
  await page.locator("#since .named a").first().click();
  expect(page.url()).toMatch(/#finding-/);
});

test("a report shows what is unusual, and what of it is unknown", async () => {
  const page = await open(HELD.html);
  const { unusual } = HELD.data as unknown as { unusual: Record<string, unknown[]> };
  const { unknown = [], ...facts } = unusual;
  const count = Object.values(facts).reduce((sum, list) => sum + list.length, 0);
  expect(count).toBeGreaterThan(4);
  expect(await page.locator("[data-unusual=all]").innerText()).toBe(String(count));
  expect(await page.locator("[data-unusual=unknown] li").count()).toBe(unknown.length);
  const text = await page.locator("#unusual").textContent();
  for (const said of ["node-7", "KubeletOutOfSupport", "registry.example.com/miner:latest", "137 (OOMKilled)"])
    expect(text).toContain(said);
  await page.getByRole("navigation").getByRole("link", { name: "Unusual" }).click();
  expect(page.url()).toMatch(/#unusual$/);
});

test("two thousand workloads are read a window at a time", async () => {
  const many = auditPage({ "many.yaml": manyManifests(2_000, 40) }, { now: NOW });
  expect(many.matrix.workloads).toHaveLength(2_000);
  const page = await open(many.html, { viewport: { width: 1280, height: 300 } });
  expect(await page.locator("#matrix td").count()).toBe(0);
  await page.locator("#matrix").scrollIntoViewIfNeeded();
  await page.locator("#matrix td").first().waitFor();
  expect(await page.locator("#matrix td").count()).toBe(40 * 40);
  expect(await page.locator("#matrix").innerText()).toContain("rows 1 to 40 of 51");
  await page.getByRole("button", { name: "next rows" }).click();
  expect(await page.locator("#matrix td").count()).toBe(11 * 40);
  await page.getByLabel("namespaces that contain").fill("team-00");
  await page.getByLabel("namespaces that contain").press("Enter");
  expect(await page.locator("#matrix td").count()).toBe(11 * 10);
});

const HOSTILE = `<img src=x onerror="alert(1)">`;

test("a name is text, wherever it stands", async () => {
  const hostile = JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [1, 2].map((at) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${HOSTILE}${at}`, namespace: `a${HOSTILE}` },
      spec: {
        hostPID: true,
        containers: [{ name: HOSTILE, image: `redis:${HOSTILE}`, ports: [{ containerPort: 6379 }] }],
      },
    })),
  });
  const page = await open(auditPage({ [`${HOSTILE}.yaml`]: hostile }, { now: NOW, source: HOSTILE }).html);
  for (const summary of await page.locator("summary").all()) await summary.click();
  await page.locator("#matrix").scrollIntoViewIfNeeded();
  for (const cell of await page.locator("#matrix td").all()) await cell.click();
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.locator("#chains").innerText()).toContain(HOSTILE);
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  test("every text has the contrast that WCAG AA asks for", async () => {
    const page = await open(HELD.html, { colorScheme });
    await page.locator("#matrix").scrollIntoViewIfNeeded();
    await page.locator("#matrix td:not(.self)").first().click();
    const weak = await page.evaluate(contrastOf);
    expect(weak.seen).toBeGreaterThan(200);
    expect(weak.below).toEqual([]);
  });
});

test("a screen reader finds its parts, and a name for each control", async () => {
  const page = await open(HELD.html);
  for (const name of [
    "Attack chains",
    "Who reaches whom",
    "What Palisade holds",
    "Unusual",
    "Broken rules",
    "Not read",
  ])
    expect(await page.getByRole("region", { name }).count()).toBe(1);
  expect(await page.getByRole("main").count()).toBe(1);
  expect(await page.getByRole("navigation").count()).toBe(1);
  const levels = await page.locator("h1, h2, h3").evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
  expect(levels.every((level, at) => level - (levels[at - 1] ?? 0) <= 1)).toBe(true);
  const unnamed = await page
    .locator("input, select, button")
    .evaluateAll(
      (all) => all.filter((one) => (one as HTMLInputElement).labels?.length === 0 && one.textContent === "").length,
    );
  expect(unnamed).toBe(0);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the findings");
});

test("prints with everything open, and without what only a screen needs", async () => {
  const page = await open(SHOP.html);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  expect(await page.locator("#filter").isVisible()).toBe(false);
  expect(await page.locator("details:not([open])").count()).toBe(0);
  expect(await page.locator("#matrix td").count()).toBe(
    (SHOP.matrix.namespaces.length + 1) * SHOP.matrix.namespaces.length,
  );
  const members = SHOP.audit.findings.reduce(
    (sum, { kind, members: own }) => sum + (kind === "chain" ? own.length - 1 : own.length),
    0,
  );
  expect(await page.locator("details.members li").count()).toBe(members);
  expect((await page.pdf()).length).toBeGreaterThan(20_000);
});

test("says all but the matrix without a script", async () => {
  const page = await open(SHOP.html, { javaScriptEnabled: false });
  expect(await page.locator(".finding").count()).toBe(SHOP.audit.findings.length);
  expect(await page.locator("#reach").innerText()).toContain("which does not run here");
});

describe("the pictures of the README", () => {
  const keptIn = (file: string): Buffer =>
    readFileSync(join(import.meta.dirname, "..", "..", "docs", "pictures", file));

  test.each(PICTURES)("$file is how it looks: make pictures takes it anew", async (picture) => {
    const page = await open(picture.html(), { colorScheme: picture.colorScheme });
    const now = await takePicture(page, picture);
    const kept = keptIn(picture.file);
    expect(kept.length).toBeLessThan(200_000);
    expect(await differenceOf(browser, kept, now)).toBeLessThan(0.02);
  });

  test("differ from each other by more than that", async () => {
    expect(await differenceOf(browser, keptIn("chains.png"), keptIn("holds.png"))).toBeGreaterThan(0.04);
  });
});
