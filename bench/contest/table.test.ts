import { expect, test } from "@jest/globals";
import type { Contest, ContestResult } from "./index.ts";
import { tableOf } from "./table.ts";

const spent = { seconds: 60, cpuSeconds: 3, reads: 20, writes: 40 };

const resultOf = (contender: ContestResult["contender"], times: number): ContestResult => ({
  contender,
  workloads: 10,
  creation: { ...spent, p50Ms: 1_000 * times, p99Ms: 2_000 * times },
  changes: { ...spent, p50Ms: 5 * times, p99Ms: 50 * times, count: 20, toldAsDrift: 0 },
  tampering: { ...spent, p50Ms: 10 * times, p99Ms: 20 * times },
  storm: { ...spent, pods: 100, grownMiB: -1 },
  quiet: spent,
  restart: spent,
  memory: { empty: 40 * times, steady: 50 * times, peak: 60 * times },
});

const contest = (...results: readonly ContestResult[]): Contest => ({
  workloads: 10,
  floor: { workloads: 10, p50Ms: 500, p99Ms: 1_000 },
  results,
});

const rowOf = (what: string, lines: readonly string[]): readonly string[] =>
  lines
    .find((line) => line.startsWith(what))
    ?.slice(what.length)
    .trim()
    .split(/\s{2,}/) ?? [];

test("a row holds what was measured of both, and Palisade's in times of the peer's", () => {
  const lines = tableOf(contest(resultOf("controller-runtime", 1), resultOf("palisade", 3)));
  expect(rowOf("10 workloads", lines)).toEqual(["controller-runtime", "Palisade", "ratio"]);
  expect(rowOf("create: times the same objects raw, p50", lines)).toEqual(["2.00", "6.00"]);
  expect(rowOf("tampering until undone, p99", lines)).toEqual(["20 ms", "60 ms", "3.00"]);
  expect(rowOf("RSS at most", lines)).toEqual(["60 MiB", "180 MiB", "3.00"]);
});

test("what a phase of changes took is told for each change, and what quiet and a storm took for their time", () => {
  const lines = tableOf(contest(resultOf("controller-runtime", 1), resultOf("palisade", 1)));
  expect(rowOf("… CPU for each", lines)).toEqual(["150 ms", "150 ms", "1.00"]);
  expect(rowOf("… reads for each", lines)).toEqual(["1", "1", "1.00"]);
  expect(rowOf("storm of strangers: share of a core", lines)).toEqual(["5 %", "5 %", "1.00"]);
});

test("there is no ratio to nothing, nor to less", () => {
  const lines = tableOf(contest(resultOf("controller-runtime", 1), resultOf("palisade", 1)));
  expect(rowOf("… told as drift", lines)).toEqual(["0", "0"]);
  expect(rowOf("… memory grown", lines)).toEqual(["-1 MiB", "-1 MiB"]);
});

test("one alone makes no table", () => {
  expect(() => tableOf(contest(resultOf("palisade", 1)))).toThrow("was not measured");
});
