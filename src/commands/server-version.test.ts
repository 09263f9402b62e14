import { expect, test } from "@jest/globals";
import { ApiError, type Transport } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { pino } from "pino";
import { type ServerVersion, serverVersion } from "./server-version.ts";

const VERSION = { major: "1", minor: "37" };
const refused = new ApiError("GET /version: connect ECONNREFUSED", { status: 0, reason: "Unreachable" });

/** Asks a server that answers so, one after the other and the last for ever, and lets time pass until it is done. */
async function asked(...answers: readonly (ServerVersion | Error)[]): Promise<readonly [unknown, number]> {
  const clock = new FakeClock();
  let times = 0;
  const request = async (): Promise<unknown> => {
    const answer = answers[Math.min(times, answers.length - 1)];
    times += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const { signal } = new AbortController();
  const transport = { request } as Pick<Transport, "request">;
  let outcome: unknown;
  const done = serverVersion(transport, { clock, logger: pino({ level: "silent" }), signal }).then(
    (version) => {
      outcome = version;
    },
    (error) => {
      outcome = error;
    },
  );
  while (outcome === undefined) await clock.advance(500);
  await done;
  return [outcome, times];
}

test("a server that is not reached at first is asked again", async () => {
  expect(await asked(refused, new ApiError("starting", { status: 503 }), VERSION)).toEqual([VERSION, 3]);
});

test("one that refuses is not", async () => {
  const forbidden = new ApiError("no", { status: 403 });
  expect(await asked(forbidden, VERSION)).toEqual([forbidden, 1]);
});

test("one that stays silent is given up within the time that the startup probe leaves", async () => {
  const [outcome, times] = await asked(refused);
  expect(outcome).toBe(refused);
  expect(times).toBeGreaterThan(60);
  expect(times).toBeLessThan(120);
});
