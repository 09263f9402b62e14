import { expect, test } from "@jest/globals";
import { parseManifests } from "../manifests/parse.ts";
import { isBaseline, isWorkload } from "./input.ts";
import { problemsTogether } from "./together.ts";

const workload = (name: string, serviceNames: string, namespace = "shop") => `
apiVersion: palisade.dev/v1alpha1
kind: SecureWorkload
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  image: registry.example.com/shop/${name}:1.0.0
  ports: [{ port: 8080 }]
  serviceNames: ${serviceNames}
`;

function problemsOf(...files: readonly string[]): readonly string[] {
  const { manifests } = parseManifests("app.yaml", files.join("---"));
  const baseline = manifests.map(({ object }) => object).find(isBaseline);
  const workloads = manifests.filter(({ object }) => isWorkload(object));
  return problemsTogether(workloads, { configMaps: new Map(), baseline, namespace: "default" });
}

test("two versions of one application cannot have the Service of both", () => {
  const problems = problemsOf(
    workload("reviews-v1", "[{ name: reviews }]"),
    workload("reviews-v2", "[{ name: reviews }]"),
    workload("reviews-v3", "[{ name: reviews }]", "other"),
  );
  expect(problems).toEqual([
    expect.stringMatching(/SecureWorkload\/reviews-v2: .*Service reviews belongs to SecureWorkload reviews-v1: /),
  ]);
});

test("the name of a workload is no other's to choose, whichever comes first in the files", () => {
  const both = [workload("web", "[{ name: api }]"), workload("api", "[]")];
  for (const files of [both, both.toReversed()])
    expect(problemsOf(...files)).toEqual([expect.stringContaining("Service api belongs to SecureWorkload api")]);
});

test("a workload says of its own Service what it likes, and may stand in two files", () => {
  expect(problemsOf(workload("web", "[{ name: web, headless: true }, { name: site }]"))).toEqual([]);
  expect(problemsOf(workload("web", "[{ name: site }]"), workload("web", "[{ name: site }]"))).toEqual([]);
});

test("a SecurityBaseline that cannot be read is told, since it grants nothing", () => {
  const baseline = `
apiVersion: palisade.dev/v1alpha1
kind: SecurityBaseline
metadata: { name: cluster }
spec: { namespaces: [{ name: shop, identities: { aws: [] } }] }
`;
  expect(problemsOf(workload("web", "[]"), baseline)).toEqual([
    "SecurityBaseline/cluster: spec.namespaces[0].identities: must be a list; until then nothing of it is granted here",
  ]);
});
