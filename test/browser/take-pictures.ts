/** Takes the pictures of docs/pictures. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launchBrowser } from "./chromium.ts";
import { PICTURES, takePicture } from "./pictures.ts";

const into = join(import.meta.dirname, "..", "..", "docs", "pictures");
mkdirSync(into, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "palisade-pictures-"));
const browser = await launchBrowser();
for (const picture of PICTURES) {
  const file = join(folder, "page.html");
  writeFileSync(file, picture.html());
  const page = await browser.newPage({ colorScheme: picture.colorScheme });
  await page.goto(pathToFileURL(file).href);
  writeFileSync(join(into, picture.file), await takePicture(page, picture));
  console.log(`took ${picture.file}`);
}
await browser.close();
rmSync(folder, { recursive: true });
