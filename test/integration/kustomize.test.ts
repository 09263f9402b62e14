/** Kustomize as kubectl has it, told of our kinds by the chart's Component: images, names of others, lists that are merged. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { kubectl } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";
import { objectsOf } from "../support/yaml-files.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const GOLDEN = join(ROOT, "test", "golden", "kustomize");
const COMPONENT = join(ROOT, "charts", "palisade", "gitops", "kustomize");

const { cluster } = useCluster({ state: "bare" });

const build = async (folder: string): Promise<readonly KubeObject[]> =>
  objectsOf(await kubectl(cluster, ["kustomize", folder]));

const named = (objects: readonly KubeObject[], name: string): KubeObject["spec"] =>
  objects.find(({ kind, metadata }) => kind === "SecureWorkload" && metadata.name === name)?.["spec"];

test("images, replicas and every name follow what an overlay makes of them", async () => {
  const objects = await build(join(GOLDEN, "overlay"));
  const generated = (kind: string): string | undefined => objects.find((one) => one.kind === kind)?.metadata.name;
  const [settings, secret] = [generated("ConfigMap"), generated("Secret")];
  expect(settings).toMatch(/^blue-settings-[a-z0-9]{10}$/);
  const color = { name: "COLOR", valueFrom: { configMapKeyRef: { name: settings, key: "color" } } };
  expect(named(objects, "blue-web")).toEqual({
    image: "registry.example.com/shop/web:2",
    replicas: 5,
    env: [{ name: "MODE", value: "dark" }, color],
    envFrom: [{ configMap: settings }, { secret }],
    files: [{ path: "/etc/settings", configMap: { name: settings } }],
    containers: [
      { name: "wait", role: "Init", image: "registry.example.com/shop/wait:3" },
      { name: "proxy", role: "Sidecar", image: "registry.example.com/shop/proxy:4", env: [color] },
    ],
    sharedSecrets: [{ name: secret, with: ["blue-db"] }],
    access: {
      outbound: [
        { workload: "blue-db", port: 5432 },
        { workload: "elsewhere", namespace: "other" },
      ],
    },
    expose: [{ host: "shop.example.com", port: 80, tls: { secretName: secret } }],
  });
  expect(named(objects, "blue-db")).toMatchObject({ access: { inbound: [{ workload: "blue-web" }] } });
});

describe("with the schema beside it", () => {
  test("a patch merges lists by name and keeps what it does not name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "palisade-kustomize-"));
    try {
      cpSync(GOLDEN, folder, { recursive: true });
      cpSync(join(COMPONENT, "openapi.json"), join(folder, "merged", "openapi.json"));
      const web = named(await build(join(folder, "merged")), "web") as {
        readonly env: readonly { readonly name: string; readonly value?: string }[];
        readonly containers: readonly object[];
      };
      expect(web.env.map(({ name, value }) => [name, value])).toEqual([
        ["MODE", "light"],
        ["COLOR", undefined],
      ]);
      // What a patch names comes first, as with every list that Kustomize merges.
      expect(web.containers).toMatchObject([
        { name: "proxy", role: "Sidecar", image: "registry.example.com/shop/proxy:9" },
        { name: "wait", image: "registry.example.com/shop/wait:1" },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("config/default is everything that an installation without Helm applies", async () => {
  const kinds = (await build(join(ROOT, "config", "default"))).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(kinds).toEqual(
    expect.arrayContaining([
      "CustomResourceDefinition/secureworkloads.palisade.dev",
      "CustomResourceDefinition/securitybaselines.palisade.dev",
      "CustomResourceDefinition/securityexceptions.palisade.dev",
      "ClusterRole/palisade-operator",
      "PriorityClass/palisade-low",
      "Deployment/palisade",
      "Deployment/palisade-admission",
    ]),
  );
});
