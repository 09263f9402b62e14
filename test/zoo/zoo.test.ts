/** The short form of `make zoo`: the kind of cluster that adds most to what is applied there, but for its admission plugins. */
import { expect, test } from "@jest/globals";
import { useCluster } from "../support/use-palisade.ts";
import { BANK } from "./profiles/bank.ts";
import { faultsOf } from "./report.ts";
import { visit } from "./visit.ts";

const { cluster } = useCluster();

const STAY = { applications: ["voting-app"], livesMs: 1, quietMs: 5_000 };

test("a bank's cluster is as it must be after a short stay", async () => {
  const seen = await visit(BANK, STAY, cluster);
  expect(faultsOf(seen, BANK.conditions)).toEqual([]);
}, 300_000);
