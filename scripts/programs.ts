/** Builds the programs that the tests ask: a quarter of an hour on two cores the first time, nothing afterwards. */
import { buildPrograms } from "../test/support/programs.ts";

await buildPrograms();
