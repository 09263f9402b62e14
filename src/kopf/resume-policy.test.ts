import { ApiError, noAnswer } from "./api-error.ts";
import { ResumePolicy, type StreamHistory } from "./resume-policy.ts";

const NOTHING: StreamHistory = { healthyMs: 0, progressed: false };
const gone = new ApiError("", { status: 410, reason: "Expired" });
const broken = noAnswer("", "Broken", "");
const away = noAnswer("", "Unreachable", "");
const idle = noAnswer("", "Idle", "");
const longest = (): ResumePolicy => new ResumePolicy(() => 1);

test("tries again soon at first, then after 0.8 s, doubling to 30 s", () => {
  const policy = longest();
  const delays = Array.from({ length: 9 }, () => policy.onFailure(away, NOTHING).delayMs);
  expect(delays).toEqual([200, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

test("spreads the waits down to nothing", () => {
  const policy = new ResumePolicy(() => 0);
  expect(Array.from({ length: 5 }, () => policy.onFailure(away, NOTHING).delayMs)).toEqual([0, 0, 0, 0, 0]);
});

test("begins anew after a stream that lived", () => {
  const policy = longest();
  for (let round = 0; round < 6; round += 1) policy.onFailure(away, NOTHING);
  expect(policy.onFailure(broken, { healthyMs: 30_000, progressed: false }).delayMs).toBe(200);
});

test("does not wait ever longer for streams that bring something before they break", () => {
  const policy = longest();
  const delays = Array.from(
    { length: 9 },
    () => policy.onFailure(broken, { healthyMs: 100, progressed: true }).delayMs,
  );
  expect(Math.max(...delays)).toBe(800);
});

test("lists again at once when the version is gone, and with a pause when it is gone again", () => {
  const policy = longest();
  expect(policy.onFailure(gone, NOTHING)).toEqual({ relist: true, delayMs: 0 });
  expect(policy.onFailure(gone, NOTHING)).toEqual({ relist: true, delayMs: 800 });
});

test("keeps the version while the server is away, however long", () => {
  const policy = longest();
  expect(Array.from({ length: 50 }, () => policy.onFailure(away, NOTHING).relist)).not.toContain(true);
});

test("doubts the version after the third failure in a row", () => {
  const policy = longest();
  expect([1, 2, 3, 4].map(() => policy.onFailure(broken, NOTHING).relist)).toEqual([false, false, true, false]);
});

test("does not doubt a version from which events came", () => {
  const policy = longest();
  const relists = [1, 2, 3, 4, 5].map(() => policy.onFailure(broken, { healthyMs: 10, progressed: true }).relist);
  expect(relists).not.toContain(true);
});

test("resumes after one silent stream and lists after the second", () => {
  const policy = longest();
  expect(policy.onFailure(idle, NOTHING).relist).toBe(false);
  expect(policy.onFailure(idle, NOTHING).relist).toBe(true);
});

test("waits at least as long as the server asks", () => {
  const busy = new ApiError("", { status: 429, retryAfterMs: 9_000 });
  expect(longest().onFailure(busy, NOTHING).delayMs).toBe(9_000);
});
