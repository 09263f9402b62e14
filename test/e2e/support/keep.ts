/** Whether the cluster outlives the tests: `make e2e KEEP=1`. */
export const KEEP = process.env["KEEP"] === "1";
