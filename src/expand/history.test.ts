import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { anInput } from "../../test/support/expand-input.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { buildRevision, hashInName, isTrue, numberOf, parsedSpec, revisionName, specHash, specIn } from "./history.ts";

const aSpec = (spec: object = {}) => anInput(spec).spec;

const WEB = { namespace: "shop", name: "web", uid: "uid-web", labels: { "app.kubernetes.io/part-of": "shop" } };

describe("the hash of a spec", () => {
  test("is that of what is declared, whatever the order of its fields and however it is operated", () => {
    const spec = aSpec({ replicas: 2 });
    const turned = Object.fromEntries(Object.entries(spec).reverse());
    expect(specHash(turned)).toBe(specHash(spec));
    expect(specHash(aSpec({ replicas: 7, restartedAt: "2026-01-01T00:00:00Z" }))).toBe(specHash(spec));
    expect(specHash(aSpec({ image: "registry.example.com/other:1" }))).not.toBe(specHash(spec));
  });
});

describe("a revision", () => {
  const revision = buildRevision(WEB, aSpec({ replicas: 2 }), 3);

  test("holds the spec whole, and is the workload's", () => {
    expect(specIn(revision)).toMatchObject({ replicas: 2 });
    expect(numberOf(revision)).toBe(3);
    expect(revision.metadata.ownerReferences).toMatchObject([
      { kind: "SecureWorkload", name: "web", uid: "uid-web", controller: true },
    ]);
    expect(parsedSpec(revision)).toEqual(aSpec({ replicas: 2 }));
  });

  test("bears no label by which pods are selected", () => {
    expect(revision.metadata.labels).toMatchObject({ "palisade.dev/history": "web" });
    expect(revision.metadata.labels).not.toHaveProperty([WORKLOAD_LABEL]);
  });

  test("is true to its name, and no other is", () => {
    expect(isTrue(revision, "web")).toBe(true);
    const other: KubeObject = { ...revision, data: { spec: aSpec({ image: "registry.example.com/evil:1" }) } };
    expect(isTrue(other, "web")).toBe(false);
    expect(isTrue({ ...revision, data: { spec: "no" } } as KubeObject, "web")).toBe(false);
    expect(isTrue(revision, "we")).toBe(false);
  });

  test.each(["web", "web-5d4f8c9b7", "web.", "web.12", `api.${"a".repeat(20)}`, revisionName("web", "a".repeat(21))])(
    "is not called %s",
    (name) => {
      expect(hashInName(name, "web")).toBeUndefined();
    },
  );
});
