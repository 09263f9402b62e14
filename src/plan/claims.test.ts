import { describe, expect, test } from "@jest/globals";
import { type ClaimView, fixedText, growingText, type LiveClaim, standingOfClaim } from "./claims.ts";

const LIVE: LiveClaim = {
  uid: "u",
  isOurs: true,
  isOthers: false,
  requested: "1Gi",
  capacity: "1Gi",
  isBound: true,
  storageClass: "fast",
  isExpandable: true,
  obstacle: undefined,
};

const view = (live: Partial<LiveClaim> | undefined, size = "2Gi"): ClaimView => ({
  name: "data-db-0",
  size,
  workload: "db",
  live: live === undefined ? undefined : { ...LIVE, ...live },
});

describe("a claim", () => {
  test.each<{ name: string; view: ClaimView; standing: ReturnType<typeof standingOfClaim> }>([
    { name: "that does not exist is absent", view: view(undefined), standing: "absent" },
    { name: "of the declared size is as declared", view: view({}, "1Gi"), standing: "asDeclared" },
    {
      name: "of the same size in another notation is too",
      view: view({ requested: "1024Mi" }, "1Gi"),
      standing: "asDeclared",
    },
    { name: "that asks for less and may grow is small", view: view({}), standing: "small" },
    {
      name: "that asks for less and has more is made to ask for it",
      view: view({ capacity: "5Gi" }),
      standing: "small",
    },
    {
      name: "that cannot grow and has enough is as declared",
      view: view({ capacity: "5Gi", isExpandable: false }),
      standing: "asDeclared",
    },
    { name: "that asks and has less grows", view: view({ requested: "2Gi" }), standing: "growing" },
    {
      name: "that asks and is not bound waits for its volume",
      view: view({ requested: "2Gi", isBound: false }),
      standing: "asDeclared",
    },
    {
      name: "whose driver gave up is fixed",
      view: view({ requested: "2Gi", obstacle: "ControllerResizeInfeasible" }),
      standing: "fixed",
    },
    { name: "whose StorageClass forbids it is fixed", view: view({ isExpandable: false }), standing: "fixed" },
    { name: "that is not bound is fixed for now", view: view({ isBound: false }), standing: "fixed" },
    { name: "that is larger is fixed", view: view({}, "512Mi"), standing: "fixed" },
    { name: "without the workload's label is foreign", view: view({ isOurs: false }), standing: "foreign" },
    { name: "whose size nobody can read is left alone", view: view({ requested: "a lot" }), standing: "asDeclared" },
  ])("$name", ({ view: one, standing }) => {
    expect(standingOfClaim(one)).toBe(standing);
  });
});

test.each<{ of: string; live: Partial<LiveClaim>; size?: string; says: string }>([
  { of: "a StorageClass", live: { isExpandable: false }, says: "instead of 2Gi: StorageClass fast does not allow it" },
  { of: "no StorageClass", live: { storageClass: undefined, isExpandable: false }, says: "it has no StorageClass" },
  { of: "no volume", live: { isBound: false }, says: "it is not bound to a volume yet" },
  { of: "no label", live: { isOurs: false }, says: "does not bear the label palisade.dev/workload=db" },
  { of: "the driver", live: { obstacle: "NodeResizeError" }, says: "cannot grow it (NodeResizeError)" },
  {
    of: "its size",
    live: {},
    size: "512Mi",
    says: "keeps 1Gi, more than the declared 512Mi, because no volume shrinks",
  },
])("a claim that stays because of $of says so", ({ live, size, says }) => {
  expect(fixedText(view(live, size))).toContain(says);
});

test("a claim that grows says from what to what", () => {
  expect(growingText(view({ requested: "2Gi" }))).toBe("PersistentVolumeClaim data-db-0 grows from 1Gi to 2Gi");
});
