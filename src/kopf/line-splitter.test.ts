import fc from "fast-check";
import { LineSplitter } from "./line-splitter.ts";

function splitInto(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(start, start + size));
    start += size;
  }
  return [...chunks, bytes.subarray(start)];
}

test("gives the same lines however the stream is cut, in the middle of a character too", () => {
  const lines = fc.array(fc.string({ unit: "grapheme", minLength: 1 }).filter((line) => !line.includes("\n")));
  fc.assert(
    fc.property(lines, fc.array(fc.nat(9)), (expected, sizes) => {
      const splitter = new LineSplitter();
      const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(""));
      const seen = splitInto(bytes, sizes).flatMap((chunk) => splitter.push(chunk));
      expect(seen).toEqual(expected);
      expect(splitter.isMidLine).toBe(false);
    }),
  );
});

test("keeps a line that has begun and not ended, and says so", () => {
  const splitter = new LineSplitter();
  expect(splitter.push(Buffer.from('{"a":1}\n{"b"'))).toEqual(['{"a":1}']);
  expect(splitter.isMidLine).toBe(true);
  expect(splitter.push(Buffer.from(":2}\n\n"))).toEqual(['{"b":2}']);
  expect(splitter.isMidLine).toBe(false);
});
