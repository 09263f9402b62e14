import { expect, test } from "@jest/globals";
import { type Correction, noteOf, readNote, writerOf } from "./correction.ts";
import type { FieldManager } from "./field-owner.ts";

const EDITOR = {
  manager: "kubectl-edit",
  operation: "Update",
  time: "2026-11-30T11:49:59Z",
  certain: false,
} as const satisfies FieldManager;

const correction = (parts: Partial<Correction>): Correction => ({
  object: "Deployment/web",
  action: "Repair",
  driftCase: "8",
  fields: ["spec.replicas"],
  changedBy: EDITOR,
  standingMs: 40,
  ...parts,
});

test.each<[string, Correction]>([
  ["one field", correction({})],
  ["several fields", correction({ fields: ["spec.replicas", "metadata.labels[app.kubernetes.io/name]"] })],
  ["no field", correction({ action: "Recreate", fields: [] })],
  ["a case without a number", correction({ driftCase: "other" })],
  ["nobody known", correction({ action: "Delete", fields: [], changedBy: undefined })],
  ["a name with a colon", correction({ object: "RoleBinding/palisade:web", fields: ["subjects"] })],
  ["a writer without a time", correction({ changedBy: { manager: "helm", operation: "Apply", certain: true } })],
  ["a certain writer", correction({ changedBy: { ...EDITOR, certain: true, subresource: "scale" } })],
])("the note of a correction is read back: %s", (_, written) => {
  const { object, fields, driftCase, changedBy } = written;
  expect(readNote(noteOf(written))).toEqual({
    object,
    fields,
    driftCase: driftCase === "other" ? undefined : driftCase,
    writer: writerOf(changedBy),
  });
});

test("a note that was cut still names the object", () => {
  const whole = noteOf(correction({ fields: Array.from({ length: 30 }, (_, index) => `spec.template.field${index}`) }));
  expect(readNote(`${whole.slice(0, 200)}...`)).toMatchObject({ object: "Deployment/web", driftCase: undefined });
});

test("another note is none of a correction", () => {
  expect(readNote("Scaled up replica set web-1 to 2")).toBeUndefined();
});
