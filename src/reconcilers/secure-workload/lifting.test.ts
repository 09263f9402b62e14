/** What a lifted rule makes of a workload's pods: exactly that rule is left out, and the pods say so. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { arbitraryWorkload } from "../../../test/support/arbitrary-workloads.ts";
import { golden } from "../../../test/support/golden.ts";
import { resolvedAll } from "../../../test/support/resolved.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { LIFTED_ANNOTATION } from "../../crds/group.ts";
import { LIFTABLE_RULES } from "../../crds/v1alpha1/liftable-rules.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { NO_PLATFORM } from "../../expand/input.ts";
import { buildPodTemplate, type PodTemplate } from "../../expand/pod-template.ts";
import { checkPod, POD_POLICIES } from "../../policies/index.ts";

function specOf(declared: object): SecureWorkloadSpec | undefined {
  const parsed = parseSecureWorkload({ ...aWorkload("web", "shop"), spec: declared });
  return parsed.ok ? parsed.value.spec : undefined;
}

function templateOf(spec: SecureWorkloadSpec, lifted: readonly string[] = []): PodTemplate {
  return buildPodTemplate({
    workload: { namespace: "shop", name: "web", uid: "u", labels: {} },
    spec,
    identity: { uid: 12_345, userNamespace: true },
    facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
    platform: NO_PLATFORM,
    resolved: resolvedAll("web", spec),
    lifted: new Set(lifted),
  });
}

const LEAST = specOf({ image: "registry.example.com/shop/web:1.4.2" }) as SecureWorkloadSpec;

test("the rules that the API lets lift are those that say what it means, and no others", () => {
  const saying = POD_POLICIES.filter(({ lifted }) => lifted !== undefined);
  expect([...LIFTABLE_RULES].sort()).toEqual(saying.map(({ id }) => id).sort());
  for (const { sources, lifted } of saying)
    expect(lifted?.admittedAt === undefined).toBe(sources.every(({ framework }) => framework !== "pss"));
});

test("whatever is lifted, the pods break nothing else, and bear the ids of what is lifted", () => {
  fc.assert(
    fc.property(arbitraryWorkload, fc.subarray([...LIFTABLE_RULES]), ({ spec: declared }, lifted) => {
      const spec = specOf(declared);
      fc.pre(spec !== undefined);
      const template = templateOf(spec as SecureWorkloadSpec, lifted);
      const broken = checkPod(template.spec).map(({ policy }) => policy);
      expect(broken.filter((id) => !(lifted as readonly string[]).includes(id))).toEqual([]);
      const list = lifted.length === 0 ? undefined : `,${[...lifted].sort().join(",")},`;
      expect(template.metadata.annotations?.[LIFTED_ANNOTATION]).toBe(list);
    }),
    { numRuns: 500 },
  );
});

test.each(LIFTABLE_RULES)("lifting %s changes the pods of the least workload", (rule) => {
  expect(templateOf(LEAST, [rule]).spec).not.toEqual(templateOf(LEAST).spec);
});

/** A token is declared with `permissions`, and then comes in a volume of its own: one more would be good for nothing. */
const KEPT: readonly string[] = ["no-api-token"];

test("leaving out a rule that cannot be lifted would change no pod", () => {
  const others = POD_POLICIES.map(({ id }) => id).filter((id) => !(LIFTABLE_RULES as readonly string[]).includes(id));
  const good = fc.sample(arbitraryWorkload, { numRuns: 300, seed: 1 }).flatMap(({ spec }) => specOf(spec) ?? []);
  expect(good.length).toBeGreaterThan(50);
  const changed = new Set<string>();
  for (const spec of [LEAST, ...good]) {
    const whole = JSON.stringify(templateOf(spec).spec);
    for (const id of others) if (JSON.stringify(templateOf(spec, [id]).spec) !== whole) changed.add(id);
  }
  expect([...changed]).toEqual(KEPT);
});

test("what each lifted rule gives is exactly this", () => {
  const text = LIFTABLE_RULES.map((rule) => {
    const { securityContext, hostUsers, enableServiceLinks, containers } = templateOf(LEAST, [rule]).spec;
    const shown = containers.map(({ name, resources, securityContext: own }) => ({ name, resources, own }));
    return stringify({ [rule]: { securityContext, hostUsers, enableServiceLinks, containers: shown } });
  }).join("---\n");
  expect(golden("lifted.yaml", text)).toBe(text);
});
