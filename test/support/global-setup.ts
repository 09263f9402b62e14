/** The clusters of a run start when a test file asks for one. */
import { openPool } from "./pool.ts";

export default openPool;
