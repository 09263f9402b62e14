import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { goodSpec } from "../../../test/support/arbitrary-workloads.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { shapeWorkload } from "./workload.ts";

const stored = (spec: object, uid = "a"): KubeObject => {
  const { metadata, ...rest } = aWorkload("web", "shop", {}) as unknown as KubeObject;
  return { ...rest, metadata: { ...metadata, uid }, spec } as KubeObject;
};

const copied = (spec: object): object => JSON.parse(JSON.stringify(spec)) as object;

test("a spec that was read is read the same once it is stored with its defaults, and stays the same value", () => {
  fc.assert(
    fc.property(goodSpec, (spec) => {
      const first = shapeWorkload(stored(copied(spec)));
      if (first.spec === undefined) return;
      const again = shapeWorkload(stored(copied(first.spec)));
      expect(again).toEqual(first);
      expect(shapeWorkload(stored(copied(first.spec)), first).spec).toBe(first.spec);
    }),
  );
});

test("a spec that changed, of an object of another uid, or that was refused is read anew", () => {
  const { spec } = aWorkload("web", "shop") as { readonly spec: object };
  const first = shapeWorkload(stored(spec));
  const full = first.spec ?? {};
  expect(shapeWorkload(stored({ ...full, replicas: 7 }), first).spec).toMatchObject({ replicas: 7 });
  expect(shapeWorkload(stored(full, "b"), first).spec).not.toBe(first.spec);
  const refused = shapeWorkload(stored({ ...full, image: 7 }), first);
  expect(refused).toMatchObject({ spec: undefined, invalid: expect.stringContaining("spec.image") });
  expect(shapeWorkload(stored(full), refused).spec).toEqual(full);
});
