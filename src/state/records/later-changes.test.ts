import { describe, expect, test } from "@jest/globals";
import type { ManagedFieldsEntry, ObjectMeta } from "kopf-ts";
import type { FieldManager } from "../../plan/field-owner.ts";
import { laterChanges } from "./later-changes.ts";
import { podParts } from "./pod-fields.ts";

const BORN = "2026-03-01T12:00:00Z";
const AFTER = "2026-03-01T12:05:00Z";
const SPEC = {
  containers: [{ name: "web", image: "web:1", env: [{ name: "A", value: "1" }] }],
  schedulerName: "default-scheduler",
};
const IMAGE = "containers[name=web].image";
const MAKER: FieldManager = { manager: "kube-controller-manager", operation: "Update", certain: true };

const writes = (manager: string, time: string, container: object): ManagedFieldsEntry =>
  ({
    manager,
    operation: "Update",
    time,
    fieldsV1: { "f:spec": { "f:containers": { 'k:{"name":"web"}': container } } },
  }) as ManagedFieldsEntry;

const metadata = (changes: Partial<ObjectMeta>): ObjectMeta => ({
  name: "web-1",
  creationTimestamp: BORN,
  managedFields: [writes(MAKER.manager, BORN, { "f:image": {}, "f:env": {} })],
  ...changes,
});

const atFirst = (changes: Partial<ObjectMeta>, spec: object = SPEC, maker: FieldManager | undefined = MAKER) =>
  laterChanges(metadata(changes), podParts(spec), undefined, maker);

const NONE = { certain: [], possible: [] };

describe("a pod that is seen for the first time", () => {
  test.each([
    { name: "of generation 1 was never changed", changes: { generation: 1 } },
    {
      name: "that is being deleted was changed by its deletion alone",
      changes: { generation: 2, deletionTimestamp: AFTER },
    },
    { name: "of an older server was not changed where its maker wrote the image at creation", changes: {} },
  ])("$name", ({ changes }) => {
    expect(atFirst(changes)).toEqual(NONE);
  });

  test.each([
    { name: "of generation 2", changes: { generation: 2 } },
    { name: "of an older server", changes: {} },
  ])("$name was changed in what another field manager wrote", ({ changes }) => {
    const managedFields = [
      writes(MAKER.manager, BORN, { "f:env": {} }),
      writes("kubectl-set", AFTER, { "f:image": {} }),
    ];
    expect(atFirst({ ...changes, managedFields })).toEqual({ certain: [IMAGE], possible: [] });
  });

  test("may have been changed under its maker's name", () => {
    expect(atFirst({ generation: 2 })).toEqual({ certain: [], possible: [IMAGE] });
    const managedFields = [writes(MAKER.manager, AFTER, { "f:image": {} })];
    expect(atFirst({ managedFields })).toEqual({ certain: [], possible: [IMAGE] });
  });

  test("may have been changed where nobody tracks who wrote it", () => {
    expect(atFirst({ managedFields: [] }, SPEC, undefined)).toEqual({ certain: [], possible: [IMAGE] });
  });

  test("has every ephemeral container since later", () => {
    const spec = { ...SPEC, ephemeralContainers: [{ name: "sh", image: "sh" }] };
    expect(atFirst({ generation: 1 }, spec).certain).toEqual(["ephemeralContainers[name=sh]"]);
  });
});

test("what is seen to change was changed later, and stays so", () => {
  const born = { parts: podParts(SPEC), laterChanges: atFirst({ generation: 2 }) };
  const evil = podParts({ ...SPEC, containers: [{ ...SPEC.containers[0], image: "evil:1" }] });
  const changed = laterChanges(metadata({ generation: 3 }), evil, born, MAKER);
  expect(changed).toEqual({ certain: [IMAGE], possible: [] });
  const again = laterChanges(metadata({ generation: 3 }), evil, { parts: evil, laterChanges: changed }, MAKER);
  expect(again).toBe(changed);
});
