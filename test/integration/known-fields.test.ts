import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { fieldsServedBy } from "../../scripts/known-fields/served.ts";
import { useCluster } from "../support/use-palisade.ts";

const FILE = join(import.meta.dirname, "..", "..", "src", "plan", "kubernetes-fields.ts");

const { cluster } = useCluster({ state: "bare" });

test("the fields that are known are those that the API server serves; make known-fields rewrites them", async () => {
  expect(readFileSync(FILE, "utf8")).toBe(await fieldsServedBy(cluster));
});
