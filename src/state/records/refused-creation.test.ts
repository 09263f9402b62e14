import { expect, test } from "@jest/globals";
import { latestRefusals } from "./refused-creation.ts";

const event = (uid: string, message: string, time: object) => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", creationTimestamp: "2026-01-01T00:00:00Z" },
  involvedObject: { uid },
  message,
  ...time,
});

test("the latest refusal of each controller is kept, by the time of its last try", () => {
  const latest = latestRefusals([
    event("db", "create Pod db-0 in StatefulSet db failed error: old", { lastTimestamp: "2026-01-01T00:01:00Z" }),
    event("db", "create Pod db-1 in StatefulSet db failed error: new", {
      series: { lastObservedTime: "2026-01-01T00:03:00.5Z" },
    }),
    event("agent", "Error creating: no", { lastTimestamp: null, eventTime: "2026-01-01T00:02:00.000001Z" }),
    event("", "Error creating: nobody's", {}),
  ]);
  expect([...latest.keys()]).toEqual(["db", "agent"]);
  expect(latest.get("db")).toMatchObject({ pod: "db-1", words: "new" });
  expect(latest.get("agent")).toMatchObject({ pod: undefined, words: "no" });
});

test("an Event without a time of its own is as old as it is", () => {
  expect(latestRefusals([event("a", "no", {})]).get("a")?.atMs).toBe(Date.parse("2026-01-01T00:00:00Z"));
});
