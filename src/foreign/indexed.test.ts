import { expect, test } from "@jest/globals";
import type { AnyChildRecord } from "../state/records/child.ts";
import { foreignBy, recordsBy } from "./indexed.ts";

const RECORDS = new Map<string, unknown>([
  ["shop/theirs", { type: "foreign", uid: "1", facts: { about: "budget", selector: {} } }],
  ["shop/route", { type: "foreign", uid: "2", facts: { about: "route" } }],
  ["shop/ours", { type: "child", uid: "3" }],
]);

/** With a key in its index whose object is gone. */
const cache = {
  byIndex: () => [...RECORDS.keys(), "shop/gone"],
  get: (key: string) => RECORDS.get(key) as AnyChildRecord | undefined,
};

test("a key whose object is gone is left out", () => {
  expect(recordsBy(cache, "namespace", "shop").map(([key]) => key)).toEqual(["shop/theirs", "shop/route", "shop/ours"]);
});

test("only foreign objects with facts of the sort that is asked for", () => {
  expect(foreignBy("budget", cache, "namespace", "shop").map(([key]) => key)).toEqual(["shop/theirs"]);
});
