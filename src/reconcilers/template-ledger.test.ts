import { expect, test } from "@jest/globals";
import { type LedgerEntry, TemplateLedger } from "./template-ledger.ts";

const UID = "workload";
const entry = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  digest: "a",
  isEdited: false,
  isWeak: false,
  seenMs: 100_000,
  ...changes,
});

interface Case {
  readonly name: string;
  readonly acts: (ledger: TemplateLedger) => void;
  readonly template?: Partial<LedgerEntry>;
  readonly expected: boolean;
}

const watched = (ledger: TemplateLedger): void => ledger.begin(UID, 0);

test.each<Case>([
  {
    name: "explains what a conforming controller had",
    acts: (ledger) => {
      watched(ledger);
      ledger.note(UID, "a");
      ledger.note(UID, "b");
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
    acts: (ledger) => ledger.note(UID, "a"),
    template: { isEdited: true },
    expected: true,
  },
  {
    name: "does not believe what somebody gave the controller, though it stood before",
    acts: (ledger) => {
      watched(ledger);
      ledger.refuse(UID, "a");
    },
    template: { seenMs: -1 },
    expected: false,
  },
  {
    name: "explains what the controller had before somebody gave it back",
    acts: (ledger) => {
      ledger.note(UID, "a");
      ledger.refuse(UID, "a");
    },
    expected: true,
  },
  {
    name: "explains what was refused once the workload itself asks for it",
    acts: (ledger) => {
      ledger.refuse(UID, "a");
      ledger.note(UID, "a");
    },
    expected: true,
  },
  {
    name: "knows nothing of a workload of the same name before",
    acts: (ledger) => {
      ledger.note(UID, "a");
      ledger.forget(UID);
      watched(ledger);
    },
    expected: false,
  },
])("$name", ({ acts, template, expected }) => {
  const ledger = new TemplateLedger();
  acts(ledger);
  expect(ledger.explains(UID, entry(template))).toBe(expected);
});
