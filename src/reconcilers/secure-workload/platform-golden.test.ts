/** What the platform team grants, and what of a workload follows from it: a baseline and a workload in, the children out. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse, stringify } from "yaml";
import { resolvedAll } from "../../../test/support/resolved.ts";
import { API_VERSION } from "../../crds/group.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import { expand } from "../../expand/child-kinds.ts";
import { decideExposure } from "../../state/grants/exposure.ts";
import { type FoundWays, offeredWay } from "../../state/records/gateway.ts";
import { platformFacts, shapeBaseline } from "../../state/records/security-baseline.ts";

const GOLDEN = join(import.meta.dirname, "..", "..", "..", "test", "golden", "platform");

interface Scene {
  readonly workload: KubeObject;
  readonly baseline: object;
  readonly found?: Partial<FoundWays>;
}

function expanded({ workload, baseline, found }: Scene): readonly object[] {
  const parsed = parseSecureWorkload(workload);
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  const { name, namespace = "" } = workload.metadata;
  const raw = { apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name: "cluster" }, spec: baseline };
  const named = platformFacts(shapeBaseline(raw), namespace);
  const ways = { ingressClass: undefined, gateway: undefined, ...found };
  const platform = { ...named, exposure: offeredWay(named.exposure, ways) };
  const { spec } = parsed.value;
  const { exposed, problems } = decideExposure(`${namespace}/${name}`, spec, platform, () => undefined);
  const children = expand({
    workload: { name, namespace, uid: "00000000-0000-0000-0000-00000000000a", labels: {} },
    spec,
    identity: { uid: 12_345, userNamespace: true },
    facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
    platform,
    exposed,
    resolved: resolvedAll(name, spec),
  }).flatMap(shown);
  const said = problems.map(({ reason, message }) => ({ problem: reason, message }));
  return [...children, ...said];
}

/** Of each child what has to do with the platform team; the rest is in the other golden files. */
function shown({ apiVersion, kind, metadata, spec }: KubeObject): readonly object[] {
  const { name, annotations, finalizers } = metadata;
  const named = { apiVersion, kind, metadata: { name, annotations, finalizers } };
  switch (kind) {
    case "Ingress":
    case "HTTPRoute":
      return [{ ...named, spec }];
    case "ServiceAccount":
      return [named];
    case "Deployment":
      return [{ ...named, spec: { template: { metadata: (spec as { template: KubeObject }).template.metadata } } }];
    case "NetworkPolicy":
      return [{ ...named, spec: { egress: (spec as { egress?: unknown }).egress } }];
    default:
      return [];
  }
}

test.each(readdirSync(GOLDEN).filter((file) => file.endsWith(".in.yaml")))("%s becomes exactly this", (file) => {
  const output = expanded(parse(readFileSync(join(GOLDEN, file), "utf8")) as Scene)
    .map((child) => stringify(child, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join("---\n");
  const golden = join(GOLDEN, file.replace(".in.yaml", ".out.yaml"));
  if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(golden)) writeFileSync(golden, output);
  expect(output).toBe(readFileSync(golden, "utf8"));
});
