import { expect, test } from "@jest/globals";
import { aMemory, aRemembered } from "../../test/support/memory.ts";
import { type LedgerEntry, TemplateHistory } from "./template-history.ts";

const WEB = aRemembered("workload");
const entry = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  digest: "a",
  isEdited: false,
  isWeak: false,
  seenMs: 100_000,
  ...changes,
});

interface Case {
  readonly name: string;
  readonly acts: (ledger: TemplateHistory, gone: () => void) => void;
  readonly template?: Partial<LedgerEntry>;
  readonly expected: boolean;
}

const watched = (ledger: TemplateHistory): void => ledger.begin(WEB, 0);

test.each<Case>([
  {
    name: "explains what a conforming controller had",
    acts: (ledger) => {
      watched(ledger);
      ledger.note(WEB, "a");
      ledger.note(WEB, "b");
    },
    expected: true,
  },
  { name: "does not explain what came while it was watched", acts: watched, expected: false },
  { name: "believes what stood before", acts: watched, template: { seenMs: -1 }, expected: true },
  {
    name: "does not believe what stood before and breaks Pod Security",
    acts: watched,
    template: { seenMs: -1, isWeak: true },
    expected: false,
  },
  {
    name: "does not believe what was edited",
    acts: watched,
    template: { seenMs: -1, isEdited: true },
    expected: false,
  },
  {
    name: "believes an edit that was taken back",
    acts: (ledger) => ledger.note(WEB, "a"),
    template: { isEdited: true },
    expected: true,
  },
  {
    name: "does not believe what somebody gave the controller, though it stood before",
    acts: (ledger) => {
      watched(ledger);
      ledger.refuse(WEB, "a");
    },
    template: { seenMs: -1 },
    expected: false,
  },
  {
    name: "explains what the controller had before somebody gave it back",
    acts: (ledger) => {
      ledger.note(WEB, "a");
      ledger.refuse(WEB, "a");
    },
    expected: true,
  },
  {
    name: "explains what was refused once the workload itself asks for it",
    acts: (ledger) => {
      ledger.refuse(WEB, "a");
      ledger.note(WEB, "a");
    },
    expected: true,
  },
  {
    name: "knows nothing of a workload that is gone",
    acts: (ledger, gone) => {
      ledger.note(WEB, "a");
      gone();
    },
    template: { isEdited: true },
    expected: false,
  },
])("$name", ({ acts, template, expected }) => {
  const { memory, gone } = aMemory();
  const ledger = new TemplateHistory(memory);
  acts(ledger, () => gone(WEB));
  expect(ledger.explains(WEB, entry(template))).toBe(expected);
});

test("what something is still made from is never forgotten, however many templates came after it", () => {
  const { memory } = aMemory();
  const ledger = new TemplateHistory(memory, (_workload, digest) => digest === "serving");
  watched(ledger);
  for (const digest of ["serving", "gone", ...Array.from({ length: 60 }, (_, index) => `later-${index}`)])
    ledger.note(WEB, digest);
  expect(ledger.explains(WEB, entry({ digest: "serving" }))).toBe(true);
  expect(ledger.explains(WEB, entry({ digest: "gone" }))).toBe(false);
});
