/** Every type of workload on a real API server: its children stand, nothing is written twice, and what is changed is put back. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { namedConfigMaps } from "../../src/expand/configs.ts";
import { until } from "../cluster/index.ts";
import { everyField, TURNS } from "../support/arbitrary-workloads.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const GOLDEN = join(import.meta.dirname, "..", "golden");

const namespace = "types";

const palisade = usePalisade({ namespaces: [namespace] });
const { cluster } = palisade;

const asAlice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });

async function get<T = KubeObject>(kind: string, name: string): Promise<T | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, name, "-n", namespace, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

const statusOf = async (name: string): Promise<SecureWorkloadStatus> =>
  ((await get<{ status?: SecureWorkloadStatus }>("sw", name))?.status ?? {}) as SecureWorkloadStatus;

const readyOf = async (name: string) => (await statusOf(name)).conditions?.find(({ type }) => type === "Ready");

/** As the audit log tells them. */
async function settledWrites(): Promise<number> {
  await settled(cluster);
  return operatorWrites(cluster, namespace).length;
}

const samples: readonly { readonly name: string; readonly workload: KubeObject }[] = [
  ...readdirSync(GOLDEN)
    .filter((file) => file.endsWith(".in.yaml"))
    .map((file) => {
      const workload = parse(readFileSync(join(GOLDEN, file), "utf8")) as KubeObject;
      return { name: workload.metadata.name, workload };
    }),
  ...TURNS.map((turn) => ({
    name: `every-${turn}`,
    workload: aWorkload(`every-${turn}`, namespace, {
      ...everyField(turn),
      // What only the platform team grants, which no spec goes without.
      identity: undefined,
      expose: undefined,
      sharedSecrets: [0, 1, 2, 3].map((other) => ({ name: `unused-${other}`, with: ["nobody"] })),
    }) as unknown as KubeObject,
  })),
];

/** Each workload's Secrets and claims are its own. */
const withOwnObjects = (workload: KubeObject): KubeObject =>
  JSON.parse(
    JSON.stringify(workload)
      .replace(/"(secretKeyRef|secret)":\{"name":"([^"]+)"/g, `"$1":{"name":"${workload.metadata.name}-$2"`)
      .replace(/"(secret|existing)":"([^"]+)"/g, `"$1":"${workload.metadata.name}-$2"`),
  ) as KubeObject;

describe.each(samples)("$name", ({ name, workload }) => {
  test("becomes its children, is admitted under Pod Security restricted, and then nothing is written any more", async () => {
    const own = withOwnObjects({ ...workload, metadata: { name, namespace } });
    const parsed = parseSecureWorkload(own);
    if (!parsed.ok) throw new Error(parsed.errors.join("; "));
    const data = { key: "value", region: "eu", "one.conf": "1", a: "a", every: "60", "mime.types": "text" };
    for (const source of namedConfigMaps(parsed.value.spec)) {
      await asAlice(["apply", "-f", "-"], { apiVersion: "v1", kind: "ConfigMap", metadata: { name: source }, data });
    }
    await asAlice(["apply", "--server-side", "-f", "-"], own);
    const kind = parsed.value.spec.type;
    await until(async () => (await get(kind, name)) !== undefined, `the ${kind}`);
    await until(async () => ((await readyOf(name))?.reason ?? "WriteRefused") !== "WriteRefused", "a status");
    const before = await settledWrites();
    expect(await settledWrites()).toBe(before);
    expect((await statusOf(name)).drift?.corrected ?? 0).toBe(0);
    const records = [...palisade.running.state.children].map(([, cache]) => cache.get(`${namespace}/${name}`));
    for (const record of records) if (record?.type === "child") expect(record.comparison).toBe("inSync");
    if (kind === "Deployment" || kind === "StatefulSet" || kind === "Job") {
      const pods = JSON.parse(
        await kubectl(cluster, ["get", "pods", "-n", namespace, "-l", `palisade.dev/workload=${name}`, "-o", "json"]),
      ) as { items: unknown[] };
      expect(pods.items.length).toBeGreaterThan(0);
    }
  });
});
