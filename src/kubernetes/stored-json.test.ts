import { expect, test } from "@jest/globals";
import { asServerWrites } from "./stored-json.ts";

const written = (value: unknown): string => JSON.stringify(asServerWrites(value));

test("keys are in order at every depth, and lists as they are", () => {
  expect(written({ b: [{ d: 1, c: 2 }, "z", "a"], a: { y: null, x: true }, none: undefined })).toBe(
    '{"a":{"x":true,"y":null},"b":[{"c":2,"d":1},"z","a"]}',
  );
});

test("what Go escapes is escaped, and means the same", () => {
  const spec = { command: ["sh", "-c", 'a < b && echo "ü" > c \u2028'] };
  expect(written(spec)).toBe('{"command":["sh","-c","a \\u003c b \\u0026\\u0026 echo \\"ü\\" \\u003e c \\u2028"]}');
  expect(JSON.parse(written(spec))).toEqual(spec);
});
