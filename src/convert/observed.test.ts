/** Calls that were seen: their rank among the other evidence, and what becomes of those that have no name here. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { app, decisionsOf, type Fields, isTaken, policy, service, specOf } from "../../test/support/conversions.ts";
import { ANSWERS } from "../commands/answer-schemas.ts";
import { parseManifests } from "../manifests/parse.ts";
import { convert } from "./convert.ts";
import { observedIn } from "./observed.ts";

const edge = (from: string, to: string, port: number | undefined, more: Fields = {}): Fields => ({
  verdict: "SeenNotDeclared",
  from,
  to,
  ...(port === undefined ? {} : { port }),
  protocol: "TCP",
  evidence: ["Hubble, line 7"],
  declared: [],
  lacks: [],
  ...more,
});

const learned = (...edges: readonly Fields[]): string => {
  const answer = { apiVersion: "cli.palisade.dev/v1", kind: "Learning", edges, permissions: [], unused: [] };
  const text = { ...answer, writes: [], decisions: [], sources: [], left: [], files: [] };
  return JSON.stringify(ANSWERS.Learning.parse(text), undefined, 2);
};

function converted(edges: readonly Fields[], ...objects: readonly KubeObject[]) {
  const text = objects.map((object) => JSON.stringify(object)).join("\n---\n");
  const observed = observedIn("seen.json", learned(...edges)) ?? [];
  return convert({ ...parseManifests("app.yaml", text), observed }, "shop");
}

const accessOf = (conversion: ReturnType<typeof converted>, name = "web") => specOf(conversion, name)["access"];
const evidenceOf = ({ workloads }: ReturnType<typeof converted>, name: string, path: string) =>
  workloads.find(({ object }) => object.metadata.name === name)?.evidence.get(path);

const db = app({ name: "db", container: { ports: [{ containerPort: 5432 }] } });
const host = (value: string) => app({ container: { env: [{ name: "DB", value }] } });

describe("a call that was seen", () => {
  test("is said at both ends, with its place and what saw it, before the address in a variable", () => {
    const conversion = converted([edge("shop/web", "shop/db", 5432)], host("db:5432"), db);
    expect(accessOf(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(accessOf(conversion, "db")).toEqual({ inbound: [{ workload: "web", port: 5432 }] });
    const seen = { file: "seen.json", line: 5, why: "seen: Hubble, line 7" };
    expect(evidenceOf(conversion, "web", "access.outbound[0]")).toEqual(seen);
    expect(evidenceOf(conversion, "db", "access.inbound[0]")).toEqual(seen);
    expect(isTaken(conversion)).toBe(true);
  });

  test("answers what an address without a port leaves open", () => {
    const named = app({ container: { env: [{ name: "DB_HOST", value: "db" }] } });
    const two = app({ name: "db", container: { ports: [{ containerPort: 5432 }, { containerPort: 9187 }] } });
    expect(decisionsOf(converted([], named, two))).toContainEqual(expect.stringContaining("names no port"));
    expect(decisionsOf(converted([edge("shop/web", "shop/db", 5432)], named, two))).toEqual([]);
  });

  test("stands behind own NetworkPolicies, and is told where they do not say it", () => {
    const only = policy("web", {
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: { app: "db" } } }] }],
    });
    const cache = app({ name: "cache", container: { ports: [{ containerPort: 6379 }] } });
    const edges = [edge("shop/web", "shop/db", 5432), edge("shop/web", "shop/cache", 6379)];
    const conversion = converted(edges, app({}), db, cache, only);
    expect(accessOf(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(evidenceOf(conversion, "web", "access.outbound[0]")?.why).toBe("own NetworkPolicy");
    expect(decisionsOf(conversion)).toEqual([
      expect.stringContaining("shop/cache on port 6379, which its own NetworkPolicy"),
    ]);
  });

  test("means a workload by the name of what runs it, or of its Service", () => {
    const named = service("database", { selector: { app: "db" }, ports: [{ port: 5432 }] });
    const runner = converted([edge("shop/web", "shop/db", 5432)], app({}), db, named);
    const called = converted([edge("shop/web", "shop/database", 5432)], app({}), db, named);
    for (const conversion of [runner, called])
      expect(accessOf(conversion)).toEqual({ outbound: [expect.objectContaining({ port: 5432 })] });
  });

  test("that was only declared is none", () => {
    const conversion = converted([edge("shop/web", "shop/db", 5432, { verdict: "DeclaredNotSeen" })], app({}), db);
    expect(accessOf(conversion)).toBeUndefined();
  });

  test("to a port that nobody declares is told", () => {
    const conversion = converted([edge("shop/web", "shop/db", 9187)], app({}), db);
    expect(accessOf(conversion)).toBeUndefined();
    expect(decisionsOf(conversion, "db")).toContainEqual(
      expect.stringContaining("port 9187, which is not among ports"),
    );
  });

  test.each<[string, Fields, Fields | undefined]>([
    ["a host", edge("shop/web", "api.example.com", 443), { host: "api.example.com", port: 443 }],
    ["an address", edge("shop/web", "203.0.113.7", 443), { cidr: "203.0.113.7/32", port: 443 }],
    ["the API server", edge("shop/web", "kubernetesAPI", 443), { kubernetesAPI: true }],
    ["another network", edge("shop/web", "a public network", 443), undefined],
    ["a host without a port", edge("shop/web", "api.example.com", undefined), undefined],
    ["a pod elsewhere", edge("shop/web", "legacy/old", 80), undefined],
    [
      "a pod elsewhere that learn names",
      edge("shop/web", "legacy/old", 80, {
        lacks: [
          {
            workload: "shop/web",
            direction: "outbound",
            entry: { pods: { namespace: "legacy", podLabels: [{ key: "app", value: "old" }] }, port: 80 },
          },
        ],
      }),
      { pods: { namespace: "legacy", podLabels: [{ key: "app", value: "old" }] }, port: 80 },
    ],
  ])("to %s is an entry, or a decision", (_, seen, entry) => {
    const conversion = converted([seen], app({}));
    expect(accessOf(conversion)).toEqual(entry === undefined ? undefined : { outbound: [entry] });
    expect(decisionsOf(conversion)).toEqual(entry === undefined ? [expect.stringContaining("name it")] : []);
    expect(isTaken(conversion)).toBe(true);
  });

  test("from the gateway is let in by its role", () => {
    const web = app({ container: { ports: [{ containerPort: 8080 }] } });
    const conversion = converted([edge("ingress-nginx/controller", "shop/web", 8080)], web);
    expect(accessOf(conversion)).toEqual({ inbound: [{ gateway: true, port: 8080 }] });
    const unknown = converted([edge("legacy/old", "shop/web", 8080)], web);
    expect(decisionsOf(unknown)).toContainEqual(expect.stringContaining("in none of these files; name it"));
  });
});

test.each(["", "{}", '{"kind":"Learning"}', "a: [", '{"kind":"Conversion","edges":[]}'])(
  "%j is not what learn prints",
  (text) => {
    expect(observedIn("x", text)).toBeUndefined();
  },
);
