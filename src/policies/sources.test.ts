import { describe, expect, test } from "@jest/globals";
import { FRAMEWORKS, POD_POLICIES, type Source } from "./index.ts";

const sources = POD_POLICIES.flatMap((policy) => policy.sources);
const key = ({ framework, control }: Source): string => `${framework} ${control}`;
const named = new Set(sources.map(key));

/** From the standard's own page, with the controls that its admission plugin has at v1.37. */
const POD_SECURITY_CONTROLS = [
  "Baseline: HostProcess",
  "Baseline: Host Namespaces",
  "Baseline: Privileged Containers",
  "Baseline: Capabilities",
  "Baseline: HostPath Volumes",
  "Baseline: Host Ports",
  "Baseline: Host Probes / Lifecycle Hooks (v1.34+)",
  "Baseline: AppArmor",
  "Baseline: SELinux",
  "Baseline: /proc Mount Type",
  "Baseline: Seccomp",
  "Baseline: Sysctls",
  "Restricted: Volume Types",
  "Restricted: Privilege Escalation (v1.8+)",
  "Restricted: Running as Non-root",
  "Restricted: Running as Non-root user (v1.23+)",
  "Restricted: Seccomp (v1.19+)",
  "Restricted: Capabilities (v1.22+)",
  "Restricted: /proc Mount Type (v1.35+)",
];

test.each(POD_SECURITY_CONTROLS)("Pod Security's %p is covered by a rule", (control) => {
  expect(named).toContain(`pss ${control}`);
});

test("the catalogue of controls has nothing that no rule answers to", () => {
  const listed = Object.entries(FRAMEWORKS).flatMap(([framework, { controls }]) =>
    Object.keys(controls).map((control) => `${framework} ${control}`),
  );
  expect(listed.filter((control) => !named.has(control))).toEqual([]);
  expect(Object.keys(FRAMEWORKS.pss.controls).sort()).toEqual([...POD_SECURITY_CONTROLS].sort());
});

describe.each(POD_POLICIES.map((policy) => [policy.id, policy] as const))("%s", (_id, policy) => {
  test("says what it demands, why, what it does and the way out, each in whole sentences", () => {
    for (const text of [policy.demand, policy.reason, policy.effect, policy.fix])
      expect(text).toMatch(/^[A-Z`].{15,}\.$/);
  });

  test("names each source once, and drift cases that there are", () => {
    const keys = policy.sources.map(key);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { framework, control } of policy.sources)
      if (framework === "drift") expect(control > 0 && control <= 86).toBe(true);
  });
});
