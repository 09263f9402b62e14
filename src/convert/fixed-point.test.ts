/** What render prints becomes the same workload again, with every field that there is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { everyField, TURNS, type Turn } from "../../test/support/arbitrary-workloads.ts";
import { plainly } from "../../test/support/conversions.ts";
import { expand } from "../expand/child-kinds.ts";
import { type Manifest, parseManifests } from "../manifests/parse.ts";
import { type Beside, keyIn, readyWorkload } from "../render/input.ts";
import { convert } from "./convert.ts";

const childrenOf = (object: KubeObject, beside: Beside): readonly unknown[] => {
  const ready = readyWorkload(object, beside);
  if (!ready.ok) throw new Error(ready.errors.join("; "));
  return plainly([...ready.readied.copies, ...expand(ready.readied.input)]);
};

const configMap = (name: string) =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "shop" },
    data: { level: "info" },
  }) as KubeObject;
const mapped = (objects: readonly KubeObject[]) => new Map(objects.map((object) => [keyIn(object, "shop"), object]));

/** The workload that its own children become. */
function back(children: readonly unknown[]): KubeObject {
  const manifests = children.map(
    (object): Manifest => ({ object: object as KubeObject, file: "children", lineOf: () => 1 }),
  );
  const [first] = convert({ manifests, unread: [] }, "shop").workloads;
  return plainly(first?.object) as KubeObject;
}

describe("a workload with every field of the schema", () => {
  const IDENTITIES = [
    { provider: "AWS", name: "arn:aws:iam::111122223333:role/shop-web" },
    { provider: "GCP", name: "web-01@my-project.iam.gserviceaccount.com" },
    { provider: "Azure", name: "01234567-89ab-cdef-0123-456789abcdef" },
  ];
  const LABELS = [{ key: "app", value: "x" }];
  const PODS = [
    { namespace: "legacy", podLabels: [{ key: "app", value: "old-web" }] },
    { namespace: "legacy", podLabels: [{ key: "app", value: "old-db" }] },
  ];
  const baseline = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: {
      callers: {
        gateway: { namespace: "ingress-nginx", podLabels: LABELS },
        monitoring: { namespace: "monitoring", podLabels: LABELS },
      },
      exposure: { ingressClass: "public" },
      namespaces: [
        {
          name: "shop",
          pods: PODS,
          internet: true,
          hosts: ["shop.example.com", "www.example.com"],
          identities: IDENTITIES,
        },
      ],
    },
  } as unknown as KubeObject;

  /** Without what no child says: that a Job ran before. */
  function declared(turn: Turn): KubeObject {
    const spec = plainly(everyField(turn)) as Partial<Record<string, unknown>> & {
      readonly job?: Record<string, unknown>;
    };
    delete spec.job?.["rerun"];
    return {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecureWorkload",
      metadata: { name: "web", namespace: "shop" },
      spec,
    };
  }

  const namesIn = (text: string): readonly string[] =>
    [...text.matchAll(/"(?:configMap|configMapKeyRef)":(?:\{"name":)?"([^"]+)"/g)].map(([, name = ""]) => name);

  test.each(TURNS)("is a fixed point of what render prints of it: %s", (turn) => {
    const object = declared(turn);
    const beside = { configMaps: mapped(namesIn(JSON.stringify(object)).map(configMap)), baseline, namespace: "shop" };
    const children = childrenOf(object, beside);
    expect(childrenOf(back(children), beside)).toEqual(children);
  });
});

describe("the shop", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "test", "golden", "convert", "shop.in.yaml"), "utf8");
  const conversion = convert(parseManifests("shop.yaml", text), "default");
  const beside = {
    configMaps: mapped(["web-config", "search", "search-tuning"].map(configMap)),
    baseline: plainly(conversion.platform[0]),
    namespace: "shop",
  };

  test.each(conversion.workloads.map(({ object }) => ({ name: object.metadata.name, object: plainly(object) })))(
    "is a fixed point of what render prints of it: $name",
    ({ object }) => {
      const children = childrenOf(object, beside);
      expect(childrenOf(back(children), beside)).toEqual(children);
    },
  );
});
