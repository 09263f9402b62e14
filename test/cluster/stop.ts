/** `node test/cluster/stop.ts FOLDER`: ends an embedded cluster that was left running. */

import { STATE_ROOT } from "./binary.ts";
import { stopEmbedded } from "./embedded.ts";

const folder = process.argv[2] ?? "";
if (!folder.startsWith(STATE_ROOT)) {
  console.error(`usage: node test/cluster/stop.ts ${STATE_ROOT}/…`);
  process.exit(2);
}
await stopEmbedded(folder);
