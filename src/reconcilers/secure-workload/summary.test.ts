import { expect, test } from "@jest/globals";
import { resolvedAll } from "../../../test/support/resolved.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { LIFTABLE_RULES } from "../../crds/v1alpha1/liftable-rules.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import { POD_POLICIES } from "../../policies/index.ts";
import { expand } from "./expand.ts";
import { NO_PLATFORM } from "./resources/input.ts";
import { type Hardening, hardeningOf } from "./summary.ts";

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
  );
}

test("the least workload writes nothing, and is nobody", () => {
  expect(hardening({})).toEqual({
    rules: POD_POLICIES.length,
    summary: [
      "runs as user 12345 and group 12345, never as root, in a user namespace of its own",
      "no capability, no privilege escalation, no host namespace, the runtime's seccomp profile",
      "root file systems are read-only, and nothing else can be written",
      "no token for the Kubernetes API",
    ],
  });
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
    "root file systems are read-only; what can be written is /data, /tmp",
    "a token of one hour for the Kubernetes API, with the declared permissions alone",
    "may bind ports from 80 on, without a capability",
  ]);
  const run = hardening({ type: "CronJob", schedule: { cron: "@daily" } });
  expect(run?.summary).toContain("no token for the Kubernetes API");
});

test("what exceptions lift is told, and not what stood there before", () => {
  expect(hardening({}, true, [...LIFTABLE_RULES])).toEqual({
    rules: POD_POLICIES.length - LIFTABLE_RULES.length,
    summary: [
      "runs as the user of its image",
      "the runtime's default capabilities, setuid programs work, no host namespace, no seccomp profile of ours",
      "root file systems can be written",
      "no token for the Kubernetes API",
      `lifted by exception: ${[...LIFTABLE_RULES].sort().join(", ")}`,
    ],
  });
});
