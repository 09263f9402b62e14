import { expect, test } from "@jest/globals";
import type { Resource } from "kopf-ts";
import { renderKnownFields } from "./render.ts";

const THING: Resource = { group: "x.io", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const OTHER: Resource = { ...THING, kind: "Other", plural: "others" };

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const DOCUMENT = {
  components: {
    schemas: {
      "io.k8s.api.x.v1.Thing": {
        properties: { kind: {}, metadata: ref("Meta"), spec: { allOf: [ref("io.k8s.api.x.v1.Spec")] }, status: {} },
        "x-kubernetes-group-version-kind": [{ group: "x.io", version: "v1", kind: "Thing" }],
      },
      "io.k8s.api.x.v1.Spec": {
        properties: {
          size: ref("Quantity"),
          nested: { items: ref("io.k8s.api.x.v1.Spec") },
          names: { items: {} },
          template: ref("io.k8s.api.x.v1.Template"),
          labels: { additionalProperties: ref("io.k8s.api.x.v1.Unused") } as object,
        },
      },
      "io.k8s.api.x.v1.Template": { properties: { status: {}, metadata: ref("Meta") } },
      "io.k8s.api.x.v1.Unused": { properties: { never: {} } },
      Meta: { properties: { name: {} } },
      Quantity: {},
    },
  },
};

test("types that are reached from the kind are written once, with types for what holds fields", () => {
  const text = renderKnownFields([DOCUMENT], [THING], "v1.2.3");
  expect(text).toContain('KUBERNETES_VERSION = "v1.2.3"');
  expect(text).toContain('  Thing: "x.v1.Thing",');
  expect(text).toContain('  "x.v1.Thing": "kind spec:x.v1.Spec",');
  expect(text).toContain('  "x.v1.Spec": "labels names nested:x.v1.Spec size template:x.v1.Template",');
  expect(text).toContain('  "x.v1.Template": "metadata:Meta status",');
  expect(text).not.toContain("never");
});

test("a kind that no document describes is an error, and so no field of it is lost in silence", () => {
  expect(() => renderKnownFields([DOCUMENT, {}], [THING, OTHER], "v1.2.3")).toThrow("x.io/v1 Other");
});
