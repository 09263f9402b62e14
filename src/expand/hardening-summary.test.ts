import { expect, test } from "@jest/globals";
import { resolvedAll } from "../../test/support/resolved.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { LIFTABLE_RULES } from "../crds/v1alpha1/liftable-rules.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { POD_POLICIES } from "../policies/index.ts";
import { expand } from "./child-kinds.ts";
import { type Hardening, hardeningOf } from "./hardening-summary.ts";
import { NO_PLATFORM } from "./input.ts";

function hardening(spec: object, userNamespace = true, lifted: readonly string[] = []): Hardening | undefined {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", spec));
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  return hardeningOf(
    expand({
      workload: { namespace: "shop", name: "web", uid: "u", labels: {} },
      spec: parsed.value.spec,
      identity: { uid: 12_345, userNamespace },
      facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
      platform: NO_PLATFORM,
      resolved: resolvedAll("web", parsed.value.spec),
      lifted: new Set(lifted),
    }),
    parsed.value.spec,
  );
}

const DEFAULTS = "amounts by default: web requests.cpu 50m, requests.memory 64Mi, limits.cpu 500m, limits.memory 256Mi";

test("the least workload writes nothing, and is nobody", () => {
  expect(hardening({})).toEqual({
    rules: POD_POLICIES.length,
    summary: [
      "runs as user 12345 and group 12345, never as root, in its own user namespace",
      "no capability, no privilege escalation, no host namespace, the runtime's seccomp profile",
      "root filesystems are read-only, nothing else is writable",
      "no token for the Kubernetes API",
      DEFAULTS,
    ],
  });
});

test.each([
  {
    what: "a limit of memory alone",
    resources: { limits: { memory: "1Gi" } },
    ours: "requests.cpu 50m, requests.memory 1Gi",
  },
  {
    what: "requests alone",
    resources: { requests: { cpu: 1, memory: "1.5Gi" } },
    ours: "limits.cpu 1, limits.memory 1536Mi",
  },
])("the amounts that are Palisade's are told: $what", ({ resources, ours }) => {
  expect(hardening({ resources })?.summary.at(-1)).toBe(`amounts by default: web ${ours}`);
});

test("of containers whose amounts are Palisade's the first six are told, and nothing of those that declare all", () => {
  const all = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };
  const beside = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: `c${index}`,
      role: "Extra",
      image: "registry.example.com/c:1",
    }));
  expect(hardening({ resources: all })?.summary.at(-1)).toBe("no token for the Kubernetes API");
  expect(hardening({ resources: all, containers: beside(7) })?.summary.at(-1)).toMatch(
    /; c5 .* and 1 more containers$/,
  );
});

test("what a workload declares beyond that is told, of every type", () => {
  const said = hardening(
    {
      type: "StatefulSet",
      runAs: { user: 70 },
      ports: [{ name: "http", port: 80 }],
      scratch: [{ path: "/tmp" }],
      claims: [{ name: "data", path: "/data", size: "1Gi" }],
      files: [{ path: "/etc/app.conf", content: "x" }],
      permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    },
    false,
  );
  expect(said?.summary).toEqual([
    "runs as user 70 and group 70, never as root",
    "no capability, no privilege escalation, no host namespace, the runtime's seccomp profile",
    "root filesystems are read-only; writable: /data, /tmp",
    "a one-hour token for the Kubernetes API with only the declared permissions",
    "may bind ports from 80 without a capability",
    DEFAULTS,
  ]);
  const run = hardening({ type: "CronJob", schedule: { cron: "@daily" } });
  expect(run?.summary).toContain("no token for the Kubernetes API");
});

test("directories beyond the first six are counted, and nothing is told of a workload without pods", () => {
  const scratch = Array.from({ length: 8 }, (_, index) => ({ path: `/d${index}` }));
  expect(hardening({ scratch })?.summary).toContain(
    "root filesystems are read-only; writable: /d0, /d1, /d2, /d3, /d4, /d5 and 2 more",
  );
  expect(hardeningOf([])).toBeUndefined();
  expect(hardeningOf([{ apiVersion: "v1", kind: "Service", metadata: { name: "web" } }])).toBeUndefined();
});

test("what exceptions lift is told, and not what stood there before", () => {
  expect(hardening({}, true, [...LIFTABLE_RULES])).toEqual({
    rules: POD_POLICIES.length - LIFTABLE_RULES.length,
    summary: [
      "runs as the user of its image",
      "the runtime's default capabilities, setuid programs work, no host namespace, no seccomp profile from Palisade",
      "root filesystems are writable",
      "no token for the Kubernetes API",
      `lifted by exception: ${[...LIFTABLE_RULES].sort().join(", ")}`,
      "amounts by default: web requests.cpu 50m, requests.memory 64Mi",
    ],
  });
});
