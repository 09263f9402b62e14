/** Ends the run's clusters. */
import { closePool } from "./pool.ts";

export default closePool;
