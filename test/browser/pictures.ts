/** The pictures of the report in docs/pictures. `make pictures` takes them; a test holds them to how the page looks. */
import type { Browser, Page } from "playwright-core";
import { heldPage, shopPage } from "./pages.ts";

export interface Picture {
  readonly file: string;
  readonly html: () => string;
  readonly colorScheme: "light" | "dark";
  /** Brings into view what it shows. */
  readonly stage: (page: Page) => Promise<void>;
}

const top = async (): Promise<void> => {};

async function evidence(page: Page): Promise<void> {
  await page.locator("#reach").scrollIntoViewIfNeeded();
  await page.getByRole("gridcell", { name: /^from shop to data:/ }).click();
  await page.getByRole("button", { name: "show its workloads" }).click();
  await page.getByRole("gridcell", { name: /^from Deployment\/cart to Deployment\/redis/ }).click();
  await page.locator("#reach").evaluate((section) => section.scrollIntoView());
}

const holds = (page: Page): Promise<void> => page.locator("#holds").evaluate((section) => section.scrollIntoView());

export const PICTURES: readonly Picture[] = [
  { file: "chains.png", html: () => shopPage().html, colorScheme: "light", stage: top },
  { file: "reach.png", html: () => shopPage().html, colorScheme: "dark", stage: evidence },
  { file: "holds.png", html: () => heldPage().html, colorScheme: "light", stage: holds },
];

const SIZE = { width: 1_100, height: 760 };

export async function takePicture(page: Page, { stage }: Picture): Promise<Buffer> {
  await page.setViewportSize(SIZE);
  await stage(page);
  return await page.screenshot({ animations: "disabled", caret: "hide" });
}

/** The share of points that differ by more than a shade, from 0 to 1; 1 where the sizes differ. The browser reads both. */
export async function differenceOf(browser: Browser, one: Buffer, other: Buffer): Promise<number> {
  const urls = [one, other].map((picture) => `data:image/png;base64,${picture.toString("base64")}`);
  const page = await browser.newPage();
  const differs = await page.evaluate(difference, urls);
  await page.close();
  return differs;
}

async function difference(urls: readonly string[]): Promise<number> {
  const [one, other] = await Promise.all(
    urls.map(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const { width, height } = image;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context?.drawImage(image, 0, 0);
      return context?.getImageData(0, 0, width, height);
    }),
  );
  if (one === undefined || other === undefined || one.width !== other.width || one.height !== other.height) return 1;
  const SHADE = 24;
  let count = 0;
  for (let at = 0; at < one.data.length; at += 4)
    if ([0, 1, 2].some((part) => Math.abs((one.data[at + part] ?? 0) - (other.data[at + part] ?? 0)) > SHADE))
      count += 1;
  return count / (one.data.length / 4);
}
