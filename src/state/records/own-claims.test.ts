import { expect, test } from "@jest/globals";
import { withOwnClaims, withoutOwnClaims } from "./own-claims.ts";

const scratch = { name: "scratch", emptyDir: {} };
const claim = (name: string, claimName: string) => ({ name, persistentVolumeClaim: { claimName } });
const template = (volumes?: readonly object[]) => ({
  containers: [{ name: "db", volumeMounts: [{ name: "data" }, { name: "scratch" }] }],
  ...(volumes === undefined ? {} : { volumes }),
});

test("a pod gets a volume for each claim that its template mounts, and loses it again", () => {
  const pod = withOwnClaims(template([scratch]), "db-0");
  expect(pod.volumes).toEqual([claim("data", "data-db-0"), scratch]);
  expect(withoutOwnClaims(pod, "db-0")).toEqual(template([scratch]));
  expect(withoutOwnClaims(pod, "db-1")).toEqual(pod);
});

test("a pod of claims alone has no volumes without them", () => {
  const only = { containers: [{ volumeMounts: [{ name: "data" }] }] };
  expect(withoutOwnClaims(withOwnClaims(only, "db-0"), "db-0")).toEqual(only);
});

test("what has nothing of it stays the same", () => {
  const spec = template([scratch, claim("data", "shared")]);
  expect(withOwnClaims(spec, "db-0")).toBe(spec);
  expect(withoutOwnClaims(spec, "db-0")).toBe(spec);
  expect(withoutOwnClaims(undefined, "db-0")).toBeUndefined();
});
