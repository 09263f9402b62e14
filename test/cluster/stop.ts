/** `node test/cluster/stop.ts FOLDER`: ends an embedded cluster that was left running. */
import { sep } from "node:path";
import { STATE_ROOT } from "./paths.ts";
import { removeStateFolder } from "./state-folder.ts";

const folder = process.argv[2] ?? "";
if (!folder.startsWith(STATE_ROOT + sep)) {
  console.error(`usage: node test/cluster/stop.ts ${STATE_ROOT}/…`);
  process.exit(2);
}
await removeStateFolder(folder);
