import { describe, expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { declaredContainers } from "./containers.ts";
import { mountsOf, volumesOf } from "./volumes.ts";

function built(spec: object) {
  const input = anInput(spec);
  const declared = declaredContainers(input);
  return { volumes: volumesOf(input, declared), mounts: declared.map((container) => mountsOf(input, container)) };
}

const image = "registry.example.com/shop/other:1";

describe("files", () => {
  test("of one key are one file, and of none the whole source", () => {
    const { volumes, mounts } = built({
      files: [
        { path: "/etc/app.conf", configMap: { name: "settings", key: "app.conf" } },
        { path: "/etc/tls", secret: { name: "tls" }, mode: "0400" },
        { path: "/etc/motd", content: "hello" },
        {
          path: "/etc/many",
          configMap: {
            name: "settings",
            items: [
              { key: "a", path: "a.conf", mode: "0400" },
              { key: "b", path: "b.conf" },
            ],
          },
        },
      ],
    });
    const name = `web.settings.${"0".repeat(20)}`;
    expect(volumes).toMatchObject([
      { configMap: { name, defaultMode: 0o440, items: [{ key: "app.conf", path: "file" }] } },
      { secret: { secretName: "tls", defaultMode: 0o400 } },
      { configMap: { name: expect.stringContaining("web.inline."), items: [{ key: "file-2", path: "file" }] } },
      {
        configMap: {
          name,
          items: [
            { key: "a", path: "a.conf", mode: 0o400 },
            { key: "b", path: "b.conf" },
          ],
        },
      },
    ]);
    expect(mounts[0]?.map(({ subPath }) => subPath)).toEqual(["file", undefined, "file", undefined]);
    expect(mounts[0]?.every(({ readOnly }) => readOnly === true)).toBe(true);
  });

  test("without a source are refused here too, should a spec get past its schema", () => {
    const input = anInput();
    const [main] = declaredContainers(input);
    const files = [{ path: "/etc/app.conf" }] as unknown as NonNullable<typeof input.spec.files>;
    if (main === undefined) throw new Error("a workload has a first container");
    expect(() => volumesOf(input, [{ ...main, files }])).toThrow("files[0] of web has no source");
  });
});

test("space that containers share is as large as the largest of them asks for", () => {
  const shared = (size: string) => ({ name: "work", path: "/work", size });
  const { volumes } = built({
    scratch: [shared("1Gi"), { path: "/tmp", size: "2Gi" }],
    containers: [
      { name: "big", role: "Sidecar", image, scratch: [shared("3Gi")] },
      { name: "small", role: "Sidecar", image, scratch: [shared("500Mi")] },
    ],
  });
  expect(volumes.map(({ name, emptyDir }) => [name, emptyDir?.sizeLimit])).toEqual([
    ["shared-work", "3Gi"],
    ["scratch-1", "2Gi"],
  ]);
});

test("claims that exist are mounted as they are declared, and those of a StatefulSet bring their own volume", () => {
  const { volumes, mounts } = built({
    type: "StatefulSet",
    claims: [
      { name: "data", path: "/data", size: "1Gi" },
      { name: "old", path: "/old", existing: "old-data", readOnly: true },
      { name: "more", path: "/more", existing: "more-data" },
    ],
  });
  expect(volumes).toEqual([
    { name: "old", persistentVolumeClaim: { claimName: "old-data", readOnly: true } },
    { name: "more", persistentVolumeClaim: { claimName: "more-data" } },
  ]);
  expect(mounts[0]?.map(({ name, readOnly }) => [name, readOnly])).toEqual([
    ["data", undefined],
    ["old", true],
    ["more", undefined],
  ]);
});

test("shared memory and a token are there only where the spec asks for them", () => {
  const permissions = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  const { volumes, mounts } = built({ sharedMemory: "64Mi", permissions });
  expect(volumes.map(({ name }) => name)).toEqual(["shared-memory", "api-token"]);
  expect(mounts[0]?.map(({ mountPath }) => mountPath)).toEqual([
    "/dev/shm",
    "/var/run/secrets/kubernetes.io/serviceaccount",
  ]);
  expect(built({})).toEqual({ volumes: [], mounts: [[]] });
});
