/** Which ConfigMaps of a cluster are read in full: those that workloads name, and their copies. */
import { expect, test } from "@jest/globals";
import type { CacheOptions, KubeObject } from "kopf-ts";
import { governed, workloadReference } from "../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { contentHash, copyName, inlineCopies } from "../expand/configs.ts";
import { CONFIG_MAP } from "../kubernetes/kinds.ts";

const SPEC = {
  files: [
    { path: "/etc/app/app.conf", configMap: { name: "settings", key: "app.conf" } },
    { path: "/etc/app/inline.conf", content: "a = 1" },
  ],
};
const CONTENT = { data: { "app.conf": "listen 8080" } };
const COPY = copyName("web", "settings", contentHash(CONTENT));

function watched() {
  const world = governed(SPEC);
  const { readsInFull } = (world.state.references.configs.cache as unknown as { options: CacheOptions<unknown> })
    .options;
  const isRead = (name: string, metadata: object = {}, namespace = "shop"): boolean | undefined => {
    const object = {
      apiVersion: "meta.k8s.io/v1",
      kind: "PartialObjectMetadata",
      metadata: { name, namespace, ...metadata },
    } as KubeObject;
    return readsInFull?.(object, { name, namespace });
  };
  return { world, isRead };
}

test("a ConfigMap is read where a workload of its namespace names it, and nowhere else", () => {
  const { isRead } = watched();
  expect(isRead("settings")).toBe(true);
  expect(isRead("settings", {}, "other")).toBe(false);
  expect(isRead("unnamed")).toBe(false);
});

test("what is only called as a copy is not read, however many there are", () => {
  const { isRead } = watched();
  expect(isRead(COPY)).toBe(false);
  expect(isRead(copyName("nobody", "settings", "0".repeat(20)))).toBe(false);
});

test("a copy is read by its mark, by its owner, and by its place in the workload", () => {
  const { world, isRead } = watched();
  expect(isRead(COPY, { labels: { [WORKLOAD_LABEL]: "web" } })).toBe(true);
  expect(isRead(COPY, { ownerReferences: [workloadReference(world.workload())] })).toBe(true);
  const { spec } = world.workload();
  const [inline = ""] = spec === undefined ? [] : inlineCopies("web", spec).keys();
  expect(isRead(inline)).toBe(true);
  world.foreign(CONFIG_MAP, "settings", CONTENT);
  expect(world.state.references.configs.copyFor(world.workload(), "settings", [])).toBe(COPY);
  expect(isRead(COPY)).toBe(true);
});

test("a copy that is followed is read again when somebody takes its marks off", () => {
  const { world, isRead } = watched();
  world.foreign(CONFIG_MAP, COPY, { ...CONTENT, immutable: true }, { labels: { [WORKLOAD_LABEL]: "web" } });
  expect(world.state.references.configs.copiesOf(world.workload())).toHaveLength(1);
  expect(isRead(COPY)).toBe(true);
});
