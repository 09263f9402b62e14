import { expect, test } from "@jest/globals";
import { NO_PLATFORM } from "../../expand/input.ts";
import { imageProblems, imagesIn, refusedImages } from "./images.ts";

test.each([
  { image: "registry.example.com/shop/web:1", entry: "registry.example.com", allowed: true },
  { image: "registry.example.com/shop/web:1", entry: "registry.example.com/shop", allowed: true },
  { image: "registry.example.com/shop/web:1", entry: "registry.example.com/shop/web", allowed: true },
  { image: `registry.example.com/shop@sha256:${"a".repeat(64)}`, entry: "registry.example.com/shop", allowed: true },
  { image: "registry.example.com/shop-evil/web:1", entry: "registry.example.com/shop", allowed: false },
  { image: "registry.example.com.evil.example/shop/web:1", entry: "registry.example.com", allowed: false },
  { image: "registry.example.com:5000/shop/web:1", entry: "registry.example.com", allowed: false },
  { image: "registry.example.com:5000/shop/web:1", entry: "registry.example.com:5000/shop", allowed: true },
  { image: "evil.example/registry.example.com/shop:1", entry: "registry.example.com", allowed: false },
  { image: "shop/web:1", entry: "registry.example.com", allowed: false },
  { image: "localhost:5000/web:1", entry: "localhost:5000", allowed: true },
])("$image under $entry: $allowed", ({ image, entry, allowed }) => {
  expect(refusedImages({ image }, { ...NO_PLATFORM, registries: [entry] })).toHaveLength(allowed ? 0 : 1);
});

test("an image is found wherever a spec names one", () => {
  const spec = {
    image: "a:1",
    containers: [{ name: "x", image: "b:1" }, { inner: { image: "a:1" } }],
    env: [{ name: "image" }],
  };
  expect(imagesIn(spec)).toEqual(["a:1", "b:1"]);
});

test("without a list every image may run, and with an empty one none", () => {
  expect(imageProblems({ image: "web:1" }, NO_PLATFORM)).toEqual([]);
  expect(imageProblems({ image: "web:1" }, { ...NO_PLATFORM, registries: [] })).toHaveLength(1);
});

test("the message names the image, what is allowed, and who decides", () => {
  const [problem] = imageProblems(
    { image: "evil.example/web:1" },
    { ...NO_PLATFORM, registries: ["registry.example.com"] },
  );
  expect(problem).toMatchObject({ reason: "ImageNotAllowed" });
  expect(problem?.message).toMatch(/evil[.]example\/web.*use registry[.]example[.]com.*SecurityBaseline/);
});
