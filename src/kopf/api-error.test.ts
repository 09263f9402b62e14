import {
  ApiError,
  errorOfStatus,
  isAborted,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  isUnreachable,
  noAnswer,
  parseRetryAfter,
} from "./api-error.ts";

const status = (code: number, reason: string) => ({ kind: "Status", code, reason, message: "no" });

test("names request, status, reason and the server's message", () => {
  const error = errorOfStatus("PUT /api/v1/x", status(409, "Conflict"), { status: 409 });
  expect(error.message).toBe("PUT /api/v1/x: 409 Conflict: no");
});

test("shows nothing of an answer that is no Status, and little of a long message", () => {
  expect(errorOfStatus("GET /x", { secret: "s3cret" }, { status: 502 }).message).not.toContain("s3cret");
  const long = errorOfStatus("GET /x", { ...status(422, "Invalid"), message: "x".repeat(9_000) }, { status: 422 });
  expect(long.message.length).toBeLessThan(1_100);
});

test.each([
  { name: "a missing object", error: errorOfStatus("", status(404, "NotFound"), { status: 404 }), is: isNotFound },
  { name: "a stale version", error: errorOfStatus("", status(409, "Conflict"), { status: 409 }), is: isConflict },
  {
    name: "a name that is taken",
    error: errorOfStatus("", status(409, "AlreadyExists"), { status: 409 }),
    is: isAlreadyExists,
  },
  { name: "an expired version", error: errorOfStatus("", status(410, "Gone"), { status: 410 }), is: isGone },
  { name: "an expired token of a list", error: errorOfStatus("", status(400, "Expired"), { status: 400 }), is: isGone },
  { name: "a caller that gave up", error: noAnswer("", "Aborted", ""), is: isAborted },
  { name: "a server that is away", error: noAnswer("", "Unreachable", ""), is: isUnreachable },
])("tells $name from all others", ({ error, is }) => {
  const others = [isNotFound, isConflict, isAlreadyExists, isGone, isAborted, isUnreachable].filter(
    (other) => other !== is,
  );
  expect(is(error)).toBe(true);
  expect(others.some((other) => other(error))).toBe(false);
  expect(is(new Error("not found"))).toBe(false);
});

test.each([
  { header: "3", expected: 3_000 },
  { header: "0", expected: 0 },
  { header: ["7"], expected: 7_000 },
  { header: "Thu, 01 Jan 1970 00:00:10 GMT", expected: 8_000 },
  { header: "Thu, 01 Jan 1970 00:00:01 GMT", expected: 0 },
  { header: "soon", expected: undefined },
  { header: "", expected: undefined },
  { header: undefined, expected: undefined },
])("reads Retry-After $header", ({ header, expected }) => {
  expect(parseRetryAfter(header, 2_000)).toBe(expected);
});

test("takes the wait from the Status where the header is missing", () => {
  const body = { ...status(429, "TooManyRequests"), details: { retryAfterSeconds: 2 } };
  expect(errorOfStatus("", body, { status: 429 }).retryAfterMs).toBe(2_000);
  expect(errorOfStatus("", body, { status: 429, retryAfterMs: 5 }).retryAfterMs).toBe(5);
  expect(new ApiError("", { status: 429 }).retryAfterMs).toBeUndefined();
});
