import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { CLAIMS, SECRETS, sharerIn, takenMessage, takenObjects } from "./held-objects.ts";
import { shapeWorkload, type WorkloadRecord } from "./records/workload.ts";

/** A workload that names the Secret `shared`, made at a second of the day. */
function claimant(name: string, second: number, ...sharedWith: readonly string[]): WorkloadRecord {
  const object = aWorkload(name, "shop", {
    env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "shared", key: "password" } } }],
    ...(sharedWith.length === 0 ? {} : { sharedSecrets: [{ name: "shared", with: sharedWith }] }),
  }) as unknown as KubeObject;
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return shapeWorkload({ ...object, metadata: { ...object.metadata, creationTimestamp, uid: name } });
}

/** The workloads that may not use it. */
const refused = (...claimants: readonly WorkloadRecord[]): readonly string[] =>
  claimants.flatMap((workload) => (taken(SECRETS, workload, claimants).length === 0 ? [] : [workload.ref.name]));

const taken = (sort: typeof SECRETS, workload: WorkloadRecord, claimants: readonly WorkloadRecord[]) =>
  takenObjects(sort, workload, {
    of: () => claimants,
    isThere: (name) => claimants.some(({ ref }) => ref.name === name),
    isRecorded: ({ status }, held) => status.held?.includes(held) === true,
    sharersOf: ({ status }, held) => (status.held ?? []).flatMap((entry) => sharerIn(entry, held) ?? []),
  });

const recorded = (workload: WorkloadRecord): WorkloadRecord => ({
  ...workload,
  status: { held: ["Secret/shared", "PersistentVolumeClaim/data"] },
});

/** Every way in which workloads can be made, one after the other or in the same second. */
const ORDERS = [0, 1, 2].flatMap((web) => [0, 1, 2].flatMap((api) => [0, 1, 2].map((job) => ({ web, api, job }))));

describe("with the same declarations, whatever the order,", () => {
  test.each(ORDERS)("all run that share it: %j", ({ web, api, job }) => {
    expect(refused(claimant("web", web, "api"), claimant("api", api))).toEqual([]);
    expect(refused(claimant("web", web), claimant("api", api, "web"))).toEqual([]);
    expect(refused(claimant("web", web, "api", "job"), claimant("api", api), claimant("job", job))).toEqual([]);
    expect(refused(claimant("web", web, "api"), claimant("api", api), claimant("job", job, "web"))).toEqual([]);
  });
});

test("where nobody shares it, the oldest has it", () => {
  expect(refused(claimant("web", 0), claimant("api", 1))).toEqual(["api"]);
  expect(refused(claimant("web", 1), claimant("api", 0))).toEqual(["web"]);
  expect(refused(claimant("web", 0))).toEqual([]);
});

test("of the same second, nobody was first", () => {
  expect(refused(claimant("web", 0), claimant("api", 0))).toEqual(["web", "api"]);
  expect(refused(claimant("web", 0), claimant("api", 0), claimant("late", 1))).toEqual(["web", "api", "late"]);
});

test("whoever is recorded to have it keeps it, though an older one names it later", () => {
  expect(refused(recorded(claimant("web", 1)), claimant("api", 0))).toEqual(["api"]);
  expect(refused(recorded(claimant("web", 1, "api")), claimant("api", 0))).toEqual([]);
});

describe("while the workload is gone that shares it", () => {
  const sharedBy = (workload: WorkloadRecord, ...sharers: readonly string[]): WorkloadRecord => ({
    ...workload,
    status: { held: ["Secret/shared", ...sharers.map((sharer) => `Secret/shared shared by ${sharer}`)] },
  });

  test.each(ORDERS)(
    "the others go on having it in common, and so they do when it is made anew: %j",
    ({ web, api, job }) => {
      const others = [sharedBy(claimant("api", api), "web"), sharedBy(claimant("job", job), "web")];
      expect(refused(...others)).toEqual([]);
      expect(refused(claimant("web", web + 3, "api", "job"), ...others)).toEqual([]);
      expect(refused(claimant("web", web, "api", "job"), ...others)).toEqual([]);
    },
  );

  test("nobody else comes to it, and of those that it shared with no more than they had", () => {
    const api = sharedBy(claimant("api", 1), "web");
    expect(refused(api, claimant("thief", 0))).toEqual(["thief"]);
    expect(refused(api, sharedBy(claimant("other", 2), "another"))).toEqual(["other"]);
  });

  test("what it says when it comes again counts", () => {
    const [api, job] = [sharedBy(claimant("api", 0), "web"), sharedBy(claimant("job", 1), "web")];
    expect(refused(claimant("web", 2, "api"), api, job)).toEqual(["job"]);
  });
});

describe("a claim", () => {
  /** A workload with one claim, made at a second of the day. */
  function holder(name: string, second: number, claim: object, type = "Deployment"): WorkloadRecord {
    const object = aWorkload(name, "shop", {
      type,
      claims: [{ name: "data", path: "/var/data", ...claim }],
    }) as unknown as KubeObject;
    const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
    return shapeWorkload({ ...object, metadata: { ...object.metadata, creationTimestamp, uid: name } });
  }
  const without = (...all: readonly WorkloadRecord[]) =>
    all.flatMap((workload) => (taken(CLAIMS, workload, all).length === 0 ? [] : [workload.ref.name]));

  test("is the workload's that makes it, however old the other is", () => {
    expect(without(holder("db", 1, { size: "1Gi" }), holder("thief", 0, { existing: "data-db" }))).toEqual(["thief"]);
    const replicated = holder("db", 1, { size: "1Gi" }, "StatefulSet");
    expect(without(replicated, holder("thief", 0, { existing: "data-db-0" }))).toEqual(["thief"]);
    expect(
      without(holder("db", 1, { size: "1Gi", sharedWith: ["api"] }), holder("api", 0, { existing: "data-db" })),
    ).toEqual([]);
  });

  test("is nobody's by his own word", () => {
    const thief = holder("thief", 1, { existing: "files", sharedWith: ["thief"] });
    expect(without(holder("web", 0, { existing: "files" }), thief)).toEqual(["thief"]);
    expect(
      without(holder("web", 0, { existing: "files", sharedWith: ["api"] }), holder("api", 1, { existing: "files" })),
    ).toEqual([]);
  });

  test("stays with whoever named it first", () => {
    const first = { ...holder("web", 1, { existing: "files" }), status: { held: ["PersistentVolumeClaim/files"] } };
    expect(without(first, holder("older", 0, { existing: "files" }))).toEqual(["older"]);
  });
});

test("whoever is not listed may not use it", () => {
  expect(refused(claimant("web", 0, "api"), claimant("api", 1), claimant("thief", 2))).toEqual(["thief"]);
  expect(refused(claimant("web", 0, "other"), claimant("api", 1))).toEqual(["api"]);
});

test("the message says on which of them sharedSecrets must stand", () => {
  const message = (name: string, ...claimants: readonly WorkloadRecord[]) =>
    taken(SECRETS, claimants.find(({ ref }) => ref.name === name) as WorkloadRecord, claimants).map((one) =>
      takenMessage(one, name),
    );
  expect(message("api", claimant("web", 0), claimant("api", 1))).toEqual([
    "Secret shared belongs to workload web, which named it first: list api in sharedSecrets of web, or use another Secret",
  ]);
  expect(message("web", claimant("web", 0), claimant("api", 0))).toEqual([
    "Secret shared is named by api and web, which were created in the same second, so it belongs to none of them: list web in sharedSecrets of api, or use another Secret",
  ]);
});
