import { expect, test } from "@jest/globals";
import type { ManagedFieldsEntry } from "kopf-ts";
import { addedTolerations, tolerationsOf } from "./tolerations.ts";

const written = (manager: string, ...fields: readonly string[]): ManagedFieldsEntry => ({
  manager,
  operation: "Update",
  fieldsV1: { "f:spec": Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});

const BY_ADMISSION = [written("kube-controller-manager", "schedulerName", "tolerations")];
const BY_ALICE = [written("kube-controller-manager", "schedulerName"), written("kubectl-patch", "tolerations")];
const all = " Exists   for ever";

test("are written out in full", () => {
  const spec = { tolerations: [{ operator: "Exists" }, { key: "gpu", value: "big", tolerationSeconds: 0 }] };
  expect(tolerationsOf(spec)).toEqual([" Exists   for ever", "gpu Equal big  0"]);
  expect(tolerationsOf({})).toEqual([]);
});

test.each([
  { name: "admission's are none, of a pod that is new", previous: undefined, fields: BY_ADMISSION, expected: [] },
  { name: "somebody's are, of a pod that was not seen before", previous: undefined, fields: BY_ALICE, expected: [all] },
  {
    name: "one that was seen to come is, whoever says he wrote it",
    previous: { tolerations: [], addedTolerations: [] },
    fields: BY_ADMISSION,
    expected: [all],
  },
  {
    name: "one that was there before is none",
    previous: { tolerations: [all], addedTolerations: [] },
    fields: BY_ALICE,
    expected: [],
  },
  {
    name: "one that was added once stays so",
    previous: { tolerations: [all], addedTolerations: [all] },
    fields: BY_ADMISSION,
    expected: [all],
  },
])("added: $name", ({ previous, fields, expected }) => {
  expect(addedTolerations([all], previous, fields)).toEqual(expected);
});
