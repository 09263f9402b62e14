/** The lists on a namespace stay within what the API server takes, and whatever does not fit is protected or waits. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Governed, governed } from "../../../test/support/governed.ts";
import {
  CLAIMS_ANNOTATION,
  ENROLMENT_LABEL,
  SECRETS_LIST_ANNOTATION,
  SERVICES_ANNOTATION,
  WORKLOAD_TYPES_ANNOTATION,
  WORKLOADS_ANNOTATION,
} from "../../crds/group.ts";
import { NAMESPACE } from "../../kubernetes/kinds.ts";
import { limitsOf } from "../secure-workload/limits.ts";
import { notSecuredProblem } from "../secure-workload/not-secured.ts";
import { isOn, listsFor, protectedWhole } from "./lists.ts";
import { EVERYTHING, exemptingList, LISTS_BYTES, listedAmong, nameList, protectingList } from "./name-list.ts";

/** What the API server takes of all annotations of one object. */
const ALL_ANNOTATIONS = 256 * 1_024;
const OF_OTHERS = 64 * 1_024;

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/), { maxLength: 40 });

describe("a list", () => {
  test("of what is protected names each, or stands for everything", () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 3, max: 1_000 }), (all, bytes) => {
        const list = protectingList(all, bytes);
        expect(Buffer.byteLength(list ?? "")).toBeLessThanOrEqual(bytes);
        if (list !== EVERYTHING) expect(list).toBe(nameList(all));
      }),
    );
  });

  test("of what is exempt names some of them, and nothing else", () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 1_000 }), (all, bytes) => {
        const list = exemptingList(all, bytes) ?? "";
        expect(Buffer.byteLength(list)).toBeLessThanOrEqual(bytes);
        for (const name of list.split(",").filter((one) => one !== "")) expect(all).toContain(name);
      }),
    );
  });

  test("never drops a workload that stands on it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.boolean(), fc.nat(20))), fc.nat(200), (all, bytes) => {
        const entries = all.map(([name, stands, beside]) => ({ name, stands, beside }));
        const listed = listedAmong(entries, bytes);
        for (const entry of entries) if (entry.stands) expect(listed).toContain(entry);
        const cost = listed.reduce((sum, { name, beside }) => sum + Buffer.byteLength(name) + 1 + beside, 1);
        if (listed.some(({ stands }) => !stands)) expect(cost).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});

const lists = (world: Governed) => {
  const record = world.state.namespaces.get("shop");
  if (record === undefined) throw new Error("shop is not known");
  return listsFor("shop", record, world.state);
};

/** Writes them, as the reconciler does. */
function write(world: Governed): void {
  const { annotations, unlisted } = lists(world);
  world.state.memory.ofNamespace("shop").unlisted = unlisted;
  world.put(NAMESPACE, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { [ENROLMENT_LABEL]: "sealed" }, annotations },
  });
}

const bytesOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);

const long = (prefix: string, index: number, length: number): string => `${prefix}-${index}-`.padEnd(length, "x");

/** Workloads that name so many Secrets that their names alone need `bytes`. */
function nameSecrets(world: Governed, bytes: number): void {
  for (let index = 0; index * 32 * 254 < bytes; index += 1) {
    const env = Array.from({ length: 32 }, (_, at) => ({
      name: `V${at}`,
      valueFrom: { secretKeyRef: { name: long(`secret-${index}`, at, 253), key: "k" } },
    }));
    expect(world.declare(`many-${index}`, { env }).spec).toBeDefined();
  }
}

test("name what the workloads of a namespace are called, and what is theirs", () => {
  const world = governed({ env: [{ name: "P", valueFrom: { secretKeyRef: { name: "password", key: "p" } } }] });
  world.declare("db", {
    type: "StatefulSet",
    ports: [{ port: 5432 }],
    // What is a workload's own name is protected as such.
    serviceNames: [
      { name: "members", governs: true },
      { name: "primary" },
      { name: "web" },
      { name: "db", headless: true },
    ],
    claims: [{ name: "data", path: "/data", size: "1Gi" }],
  });
  const { annotations, unlisted } = lists(world);
  expect(annotations).toEqual({
    [WORKLOADS_ANNOTATION]: ",db,web,",
    [WORKLOAD_TYPES_ANNOTATION]: ",StatefulSet/db,",
    [SECRETS_LIST_ANNOTATION]: ",password,",
    [CLAIMS_ANNOTATION]: ",data-db-*,db/data-db-*,",
    [SERVICES_ANNOTATION]: ",members,primary,",
  });
  expect(unlisted).toEqual([]);
});

test("more Secrets than fit are all Secrets, which every workload of the namespace tells", () => {
  const world = governed();
  nameSecrets(world, LISTS_BYTES);
  const { annotations, unlisted } = lists(world);
  expect(annotations[SECRETS_LIST_ANNOTATION]).toBe(EVERYTHING);
  expect(unlisted).toEqual([]);
  expect(limitsOf(world.workload(), world.state)).toEqual([]);
  write(world);
  expect(limitsOf(world.workload(), world.state)).toMatchObject([
    { reason: "ListsFull", message: expect.stringContaining("every Secret here is protected") },
  ]);
});

test("workloads that have no room wait, and those that are listed stay, however many come", () => {
  const world = governed();
  write(world);
  const count = 3_700;
  for (let index = 0; index < count; index += 1) world.declare(long("w", index, 52));
  const { annotations, unlisted } = lists(world);
  expect(bytesOf(annotations)).toBeLessThanOrEqual(ALL_ANNOTATIONS - OF_OTHERS);
  expect(isOn(annotations, "web")).toBe(true);
  expect(unlisted.length).toBeGreaterThan(0);
  for (const name of unlisted) expect(isOn(annotations, name)).toBe(false);
  write(world);
  const [first = ""] = unlisted;
  expect(notSecuredProblem(world.workload(first), world.state).message).toMatch(/no room for \d+ of its workloads/);
  // The lists are settled: who has a place keeps it.
  expect(lists(world).annotations[WORKLOADS_ANNOTATION]).toBe(annotations[WORKLOADS_ANNOTATION]);
});

test("full lists of every sort fit on one namespace beside what others may write", () => {
  const world = governed();
  nameSecrets(world, LISTS_BYTES / 2);
  const claims = [{ name: "data", path: "/data", size: "1Gi" }];
  for (let index = 0; index < 1_000; index += 1) world.declare(long("w", index, 52), { type: "StatefulSet", claims });
  const { annotations } = lists(world);
  expect(bytesOf(annotations)).toBeLessThanOrEqual(ALL_ANNOTATIONS - OF_OTHERS);
  expect(protectedWhole({ marks: annotations })).toEqual(["Secret", "PersistentVolumeClaim"]);
});
