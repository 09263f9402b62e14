import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { compare } from "./compare.ts";
import { areHarmless } from "./harmless-mutations.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const deployment = (container: object, more: object = {}): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    template: {
      spec: {
        containers: [{ name: "web", image: "r.example.com:5000/web:1", imagePullPolicy: "IfNotPresent", ...container }],
        ...more,
      },
    },
  },
});

test.each([
  {
    name: "its digest behind the tag",
    live: deployment({ image: `r.example.com:5000/web:1@${DIGEST}` }),
    expected: true,
  },
  {
    name: "its digest without the tag",
    live: deployment({ image: `r.example.com:5000/web@${DIGEST}` }),
    expected: true,
  },
  { name: "a pull at every start", live: deployment({ imagePullPolicy: "Always" }), expected: true },
  { name: "no pull at all", live: deployment({ imagePullPolicy: "Never" }), expected: false },
  { name: "another tag", live: deployment({ image: `r.example.com:5000/web:2@${DIGEST}` }), expected: false },
  { name: "another repository", live: deployment({ image: `r.example.com:5000/evil@${DIGEST}` }), expected: false },
  { name: "another registry", live: deployment({ image: `r.example.com/web@${DIGEST}` }), expected: false },
  { name: "no digest", live: deployment({ image: "r.example.com:5000/web:2" }), expected: false },
  {
    name: "anything beside",
    live: deployment({ image: `r.example.com:5000/web@${DIGEST}` }, { hostPID: true }),
    expected: false,
  },
  { name: "nothing", live: deployment({}), expected: false },
])("$name: $expected", ({ live, expected }) => {
  const desired = deployment({});
  expect(
    areHarmless(
      { object: desired },
      live,
      compare(desired, live, () => false),
    ),
  ).toBe(expected);
});

test("a digest that is declared stays the declared one", () => {
  const desired = deployment({ image: `r.example.com:5000/web@${DIGEST}` });
  const live = deployment({ image: `r.example.com:5000/web@sha256:${"e".repeat(64)}` });
  expect(
    areHarmless(
      { object: desired },
      live,
      compare(desired, live, () => false),
    ),
  ).toBe(false);
});

test.each([
  { wanted: "docker.io/nginx:1.27", is: `index.docker.io/library/nginx@${DIGEST}`, expected: true },
  { wanted: "docker.io/nginx:1.27", is: `docker.io/library/nginx:1.27@${DIGEST}`, expected: true },
  { wanted: "index.docker.io/shop/web:1", is: `docker.io/shop/web@${DIGEST}`, expected: true },
  { wanted: "docker.io/nginx:1.27", is: `docker.io/library/nginx:1.28@${DIGEST}`, expected: false },
  { wanted: "docker.io/nginx:1.27", is: `docker.io/evil/nginx@${DIGEST}`, expected: false },
  { wanted: "r.example.com/nginx:1", is: `r.example.com/library/nginx@${DIGEST}`, expected: false },
])("$is for $wanted, as another name of Docker Hub: $expected", ({ wanted, is, expected }) => {
  const desired = deployment({ image: wanted });
  const live = deployment({ image: is });
  const differences = compare(desired, live, () => false);
  expect(areHarmless({ object: desired }, live, differences)).toBe(expected);
});

test.each([
  { listed: ["cost-center", "kyverno.io/"], expected: true },
  { listed: ["cost-center"], expected: false },
  { listed: [], expected: false },
])("labels and annotations of the pods, of which $listed are listed: $expected", ({ listed, expected }) => {
  const desired = deployment({});
  const { spec } = desired as unknown as { spec: { template: object } };
  const metadata = { labels: { "cost-center": "1" }, annotations: { "kyverno.io/verified": "yes" } };
  const live = { ...desired, spec: { template: { ...spec.template, metadata } } } as KubeObject;
  const differences = compare(desired, live, () => false, listed);
  expect(differences.map(({ path }) => path.at(-1))).toEqual(["cost-center", "kyverno.io/verified"]);
  expect(areHarmless({ object: desired, toleratedMetadata: listed }, live, differences)).toBe(expected);
});

test.each([
  { expected: ["resources", "tolerations"], holds: true },
  { expected: ["resources"], holds: false },
  { expected: [], holds: false },
])("what is expected on pods, of which $expected is listed: $holds", ({ expected, holds }) => {
  const desired = deployment({ resources: { requests: { cpu: "10m" } } });
  const tolerations = [{ key: "kubernetes.io/arch", value: "amd64" }];
  const live = deployment({ resources: { requests: { cpu: "250m" } } }, { tolerations });
  const differences = compare(desired, live, () => false);
  expect(areHarmless({ object: desired, expectedInjections: expected }, live, differences)).toBe(holds);
});

test("nothing outside the template of pods is expected on them", () => {
  const desired = deployment({});
  const { spec } = desired as unknown as { spec: object };
  const live = { ...desired, spec: { ...spec, paused: true, resources: 1 } } as unknown as KubeObject;
  const differences = compare(desired, live, () => false);
  expect(areHarmless({ object: desired, expectedInjections: ["*", "paused", "resources"] }, live, differences)).toBe(
    false,
  );
});
