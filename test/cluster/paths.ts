/** Where clusters and the binary they run from are kept. Both folders belong to one user of the machine. */
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Kept between runs: the built binary, and the description of a cluster left running. */
export const CACHE_ROOT = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "palisade");

/** One folder per cluster; thrown away with it. */
export const STATE_ROOT = join(tmpdir(), `palisade-clusters-${userInfo().uid}`);
