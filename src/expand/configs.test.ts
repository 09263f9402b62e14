import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { anInput } from "../../test/support/expand-input.ts";
import {
  contentHash,
  copyName,
  inlineContent,
  inlineCopies,
  inlineKey,
  inlineName,
  namedConfigKeys,
  namedConfigMaps,
  namedSecrets,
  readCopyName,
  requiredConfigMaps,
} from "./configs.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import { copyOf } from "./input.ts";

describe("the name of a copy", () => {
  test("tells its workload and its content, whatever the source is called", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]([a-z0-9.-]{0,250}[a-z0-9])?$/), fc.string(), (source, value) => {
        const hash = contentHash({ data: { key: value } });
        expect(readCopyName(copyName("web", source, hash))).toEqual({ workload: "web", hash });
      }),
    );
  });

  test.each(["web", "web.settings", "web.settings.short", `Web.settings.${"0".repeat(20)}`])("%s is none", (name) => {
    expect(readCopyName(name)).toBeUndefined();
  });

  test("changes with the content, text or bytes, and with nothing else", () => {
    expect(contentHash({ data: { a: "1", b: "2" } })).toBe(contentHash({ data: { b: "2", a: "1" }, binaryData: {} }));
    expect(contentHash({ data: { a: "1" } })).not.toBe(contentHash({ binaryData: { a: "1" } }));
    expect(contentHash({})).toMatch(/^[0-9a-f]{20}$/);
  });
});

const SPEC = {
  env: [
    { name: "PLAIN", value: "x" },
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "api" } } },
  ],
  envFrom: [{ configMap: "shared" }, { secret: "database" }],
  files: [
    { path: "/etc/app.conf", configMap: { name: "settings", key: "app.conf" } },
    { path: "/etc/tls", secret: { name: "tls" } },
    { path: "/etc/motd", content: "hello" },
  ],
  containers: [
    {
      name: "proxy",
      role: "Sidecar",
      image: "registry.example.com/shop/proxy:1",
      envFrom: [{ configMap: "proxy" }],
      files: [{ path: "/etc/proxy.conf", content: "listen" }],
    },
  ],
};

test("every container's ConfigMaps and Secrets are named, each once and in order", () => {
  const { spec } = anInput(SPEC);
  expect(namedConfigMaps(spec)).toEqual(["proxy", "settings", "shared"]);
  expect(namedSecrets(spec)).toEqual(["database", "tls", "tokens"]);
  expect(namedConfigMaps(anInput().spec)).toEqual([]);
  expect(namedSecrets(anInput().spec)).toEqual([]);
});

describe("files that stand in the spec", () => {
  test("are keyed by their place among the files", () => {
    const { spec } = anInput(SPEC);
    expect(inlineContent(spec.files)).toEqual({ data: { [inlineKey(2)]: "hello" } });
    expect(inlineContent(undefined)).toBeUndefined();
    expect(inlineContent([])).toBeUndefined();
  });

  test("become one copy for each container that has any", () => {
    const { spec } = anInput(SPEC);
    const contents = [{ data: { "file-2": "hello" } }, { data: { "file-0": "listen" } }];
    expect([...inlineCopies("web", spec)]).toEqual(contents.map((content) => [inlineName("web", content), content]));
    expect(inlineCopies("web", anInput().spec).size).toBe(0);
  });
});

describe("what pods may run without", () => {
  const spec = anInput({
    env: [
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } },
      { name: "B", valueFrom: { configMapKeyRef: { name: "settings", key: "b", optional: true } } },
      { name: "C", valueFrom: { configMapKeyRef: { name: "features", key: "c", optional: true } } },
    ],
    envFrom: [{ configMap: "overrides", optional: true }, { configMap: "base" }],
    files: [
      { path: "/etc/rules", configMap: { name: "rules", optional: true } },
      { path: "/etc/one", configMap: { name: "one", key: "one" } },
      { path: "/etc/some", configMap: { name: "one", items: [{ key: "two", path: "two" }] } },
    ],
  }).spec;

  test("is named, and not required", () => {
    expect(namedConfigMaps(spec)).toEqual(["base", "features", "one", "overrides", "rules", "settings"]);
    expect([...requiredConfigMaps(spec)].sort()).toEqual(["base", "one", "settings"]);
  });

  test("has a name that no object may have while it is not there", () => {
    expect(copyOf(anInput({}), "settings", true)).toBe("web.settings.ABSENT");
    expect(() => copyOf(anInput({}), "settings")).toThrow("not resolved");
  });

  test("leaves its variables out while it is not there", () => {
    const input = { ...anInput(), spec, resolved: { configs: { settings: "s", base: "b", one: "o" }, images: {} } };
    const [container] = containersOf(input, declaredContainers(input)).containers;
    expect(container?.env?.map(({ name }) => name)).toEqual(["A", "B"]);
    expect(container?.envFrom).toEqual([{ configMapRef: { name: "b" } }]);
  });

  test("has no key that a rollout waits for", () => {
    expect(namedConfigKeys(spec).map(({ key }) => key)).toEqual(["a", "one", "two"]);
  });
});
