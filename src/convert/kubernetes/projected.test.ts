/** Projected volumes: files of several sources, as far as these files say what the sources hold. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  app,
  converted,
  decisionsOf,
  type Fields,
  isTaken,
  specOf,
  verdictOf,
} from "../../../test/support/conversions.ts";
import type { Conversion } from "../convert.ts";

const volume = (source: Fields, mount: Fields = {}) => ({
  container: { volumeMounts: [{ name: "v", mountPath: "/v", ...mount }] },
  pod: { volumes: [{ name: "v", ...source }] },
});

describe("several sources at one path", () => {
  const SECRET = { secret: { name: "s", items: [{ key: "b", path: "d/b.key", mode: 0o600 }], optional: true } };
  const secretFile = { path: "/v/d/b.key", secret: { name: "s", key: "b", optional: true }, mode: "0600" };
  const SECRET_FILES = {
    secret: { name: "s", items: [{ key: "b", path: "d/b.key", mode: "0600" }], optional: true },
  };
  const held = (kind: string, name: string, fields: Fields) =>
    ({ apiVersion: "v1", kind, metadata: { name }, ...fields }) as unknown as KubeObject;
  const files = (conversion: Conversion) => specOf(conversion)["files"];
  const read = (sources: readonly Fields[], mount: Fields = {}, ...beside: readonly KubeObject[]) => {
    const conversion = converted(app(volume({ projected: { sources } }, mount)), ...beside);
    expect(isTaken(conversion)).toBe(true);
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
    return conversion;
  };

  test("are a file for each key that they name", () => {
    const conversion = read([{ configMap: { name: "c", items: [{ key: "a", path: "a.conf" }] } }, SECRET]);
    expect(files(conversion)).toEqual([{ path: "/v/a.conf", configMap: { name: "c", key: "a" } }, secretFile]);
    expect(decisionsOf(conversion)).toEqual([]);
  });

  test("and for each key that these files say, of which the later wins", () => {
    const conversion = read(
      [{ configMap: { name: "c" } }, { secret: { name: "k" } }],
      {},
      held("ConfigMap", "c", { data: { "a.conf": "x", "b.conf": "y" } }),
      held("Secret", "k", { stringData: { "b.conf": "z" } }),
    );
    expect(files(conversion)).toEqual([
      { path: "/v/a.conf", configMap: { name: "c", key: "a.conf" } },
      { path: "/v/b.conf", secret: { name: "k", key: "b.conf" } },
    ]);
    expect(decisionsOf(conversion)).toEqual([]);
  });

  test("leave out what nobody knows the keys of, and say so", () => {
    const conversion = read([{ configMap: { name: "c" } }, SECRET]);
    expect(files(conversion)).toEqual([{ path: "/v", ...SECRET_FILES }]);
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("held the keys of ConfigMap c too")]);
    expect(verdictOf(conversion, "configMap.name")).toMatch(/^dropped: a directory has one source/);
    const whole = read([{ configMap: { name: "c" } }, { configMap: { name: "d" } }]);
    expect(files(whole)).toEqual([{ path: "/v", configMap: { name: "c" } }]);
    expect(decisionsOf(whole)).toEqual([expect.stringContaining("held the keys of ConfigMap d too")]);
  });

  test("have what the pod says of itself apart", () => {
    const own = { downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } };
    const conversion = read([own, SECRET]);
    expect(files(conversion)).toEqual([secretFile]);
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("mount that as a directory of its own")]);
  });

  test("of which one file is mounted are that file", () => {
    const conversion = read([{ configMap: { name: "c" } }, SECRET], { subPath: "d/b.key" });
    expect(files(conversion)).toEqual([{ path: "/v", secret: { name: "s", key: "b", optional: true } }]);
  });
});
