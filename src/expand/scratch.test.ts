import { expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import { volumesOf } from "./volumes.ts";

const image = "registry.example.com/shop/other:1";

function resources(spec: object) {
  const input = anInput(spec);
  return containersOf(input, declaredContainers(input)).containers.map((container) => container.resources);
}

test("scratch on disk comes on top of what a container may keep on the node", () => {
  expect(resources({ scratch: [{ path: "/tmp" }, { path: "/data", size: "20Gi" }] })).toMatchObject([
    { requests: { "ephemeral-storage": "20608Mi", memory: "64Mi" }, limits: { "ephemeral-storage": "21568Mi" } },
  ]);
});

test("a shared directory counts once, with the largest size", () => {
  const scratch = (size: string) => [{ path: "/shared", name: "shared", size }];
  expect(
    resources({
      scratch: scratch("1Gi"),
      containers: [{ name: "beside", role: "Extra", image, scratch: scratch("3Gi") }],
    }),
  ).toMatchObject([{ limits: { "ephemeral-storage": "4Gi" } }, { limits: { "ephemeral-storage": "1Gi" } }]);
});

test("scratch in memory comes on top of the default memory, in each container that mounts it", () => {
  const scratch = [{ path: "/shared", name: "shared", size: "256Mi", medium: "Memory" }];
  const spec = { scratch, containers: [{ name: "beside", role: "Extra", image, scratch }] };
  expect(resources(spec)).toMatchObject([
    { requests: { memory: "320Mi" }, limits: { memory: "512Mi", "ephemeral-storage": "1Gi" } },
    { requests: { memory: "320Mi" }, limits: { memory: "512Mi", "ephemeral-storage": "1Gi" } },
  ]);
  const input = anInput(spec);
  expect(volumesOf(input, declaredContainers(input))).toEqual([
    { name: "shared-shared", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
  ]);
});

test("a declared memory limit stays, and the scratch within it", () => {
  const limits = { memory: "1Gi" };
  expect(
    resources({ resources: { limits }, scratch: [{ path: "/cache", size: "512Mi", medium: "Memory" }] }),
  ).toMatchObject([{ limits: { memory: "1Gi" } }]);
});
