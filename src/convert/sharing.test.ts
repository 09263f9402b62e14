/** Objects that belong to one workload at a time, where several name them. */
import { expect, test } from "@jest/globals";
import { app, converted, isTaken, specOf } from "../../test/support/conversions.ts";

const withSecret = (name: string, namespace?: string) =>
  app({
    name,
    ...(namespace === undefined ? {} : { namespace }),
    container: { env: [{ name: "P", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] },
  });

test("a Secret is shared by those of one namespace that name it, one of each two saying so", () => {
  const conversion = converted(withSecret("a"), withSecret("b"), withSecret("c"), withSecret("d", "other"));
  const shared = ["a", "b", "c", "d"].map((name) => specOf(conversion, name)["sharedSecrets"]);
  expect(shared).toEqual([[{ name: "db", with: ["b", "c"] }], [{ name: "db", with: ["c"] }], undefined, undefined]);
  expect(isTaken(conversion)).toBe(true);
});

test("a claim is shared by each that mounts it", () => {
  const mounting = (name: string) =>
    app({
      name,
      container: { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      pod: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] },
    });
  const conversion = converted(mounting("a"), mounting("b"));
  for (const [name, other] of [
    ["a", "b"],
    ["b", "a"],
  ])
    expect(specOf(conversion, name)["claims"]).toEqual([
      { name: "v", path: "/v", existing: "data", sharedWith: [other] },
    ]);
  expect(isTaken(conversion)).toBe(true);
});
