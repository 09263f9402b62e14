import { readdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { arbitraryPod, conformingPod, SECRET_VALUE } from "../../test/support/arbitrary-pods.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { podVariables } from "./cel.ts";
import { checkPod, checkPodSecurity, DEFAULT_SCRATCH_SIZE, hardenPod, POD_POLICIES } from "./index.ts";

type Pod = Parameters<typeof hardenPod>[0];

const forEveryPod = (holds: (pod: Pod) => void): void => fc.assert(fc.property(arbitraryPod, holds), { numRuns: 500 });

describe("each rule alone", () => {
  /** The ids of the rules for which it does not hold: all are tried on every pod. */
  const rulesWithout = (holds: (policy: (typeof POD_POLICIES)[number]) => boolean): readonly string[] =>
    POD_POLICIES.filter((policy) => !holds(policy)).map(({ id }) => id);

  test("finds nothing in a pod that it hardened", () => {
    forEveryPod((pod) => expect(rulesWithout(({ harden, check }) => check(harden(pod)).length === 0)).toEqual([]));
  });

  test("hardens once and for all, and never changes its argument", () => {
    forEveryPod((pod) => {
      const before = JSON.stringify(pod);
      const idempotent = ({ harden }: (typeof POD_POLICIES)[number]): boolean => {
        const once = harden(pod);
        return isDeepStrictEqual(harden(once), once) && JSON.stringify(pod) === before;
      };
      expect(rulesWithout(idempotent)).toEqual([]);
    });
  });

  test("leaves a pod alone that obeys it", () => {
    forEveryPod((pod) =>
      expect(rulesWithout(({ harden, check }) => check(pod).length > 0 || isDeepStrictEqual(harden(pod), pod))).toEqual(
        [],
      ),
    );
  });
});

describe("all rules together", () => {
  test("a hardened pod breaks none, whatever it was before", () => {
    fc.assert(
      fc.property(arbitraryPod, (pod) => expect(checkPod(hardenPod(pod))).toEqual([])),
      { numRuns: 2_000 },
    );
  });

  test("hardening twice is hardening once, and never changes its argument", () => {
    forEveryPod((pod) => {
      const before = structuredClone(pod);
      const once = hardenPod(pod);
      expect(hardenPod(once)).toEqual(once);
      expect(pod).toEqual(before);
    });
  });

  test("a pod that obeys every rule in its own words comes back as it was", () => {
    fc.assert(
      fc.property(conformingPod, (pod) => {
        expect(checkPod(pod)).toEqual([]);
        expect(hardenPod(pod)).toEqual(pod);
      }),
      { numRuns: 1_000 },
    );
  });

  test("the order of the rules carries no meaning", () => {
    const backwards = (pod: Pod) => POD_POLICIES.reduceRight((hardened, { harden }) => harden(hardened), pod);
    forEveryPod((pod) => expect(backwards(pod)).toEqual(hardenPod(pod)));
  });

  test("no violation holds a value", () => {
    forEveryPod((pod) => expect(JSON.stringify(checkPod(pod))).not.toContain(SECRET_VALUE));
  });

  test("the generated pods break every rule, so that none is tested on pods that all obey", () => {
    const broken = new Set(
      fc.sample(arbitraryPod, { numRuns: 2_000, seed: 1 }).flatMap((pod) => checkPod(pod).map(({ policy }) => policy)),
    );
    expect([...broken].sort()).toEqual(POD_POLICIES.map(({ id }) => id).sort());
  });
});

test("a rule is a file of its own, named after it, and listed", () => {
  const exported = new Map(POD_POLICIES.map((policy) => [policy.id, policy]));
  const files = readdirSync(import.meta.dirname).map((file) => file.replace(/\.ts$/, ""));
  expect(exported.size).toBe(POD_POLICIES.length);
  for (const id of exported.keys()) expect(files).toContain(id);
  const helpers = [
    "index",
    "policy",
    "places",
    "cel",
    "clauses",
    "sources",
    "left-alone",
    "default-resources",
    "positive-quantity",
  ];
  expect(files.filter((file) => !file.endsWith(".test")).sort()).toEqual([...exported.keys(), ...helpers].sort());
});

test.each(POD_POLICIES)("$id says itself in CEL, over the variables that there are", ({ cel }) => {
  const known = new Set(podVariables("object.spec").map(({ name }) => `variables.${name}`));
  expect(cel.match(/variables\.\w+/g)?.filter((name) => !known.has(name))).toEqual([]);
});

test("the CEL of a rule reads as its clauses do", () => {
  const cel = (id: string): string | undefined => POD_POLICIES.find((policy) => policy.id === id)?.cel;
  expect(cel("no-service-links")).toBe("(variables.pod.?enableServiceLinks == optional.of(false))");
  expect(cel("default-scheduler")).toBe("(variables.pod.?schedulerName.orValue('') in ['', 'default-scheduler'])");
  expect(cel("no-host-ports")).toBe(
    "(variables.containers.all(container, container.?ports.orValue([]).all(port, (port.?hostPort.orValue(0) == 0) && (port.?hostIP.orValue('') == ''))))",
  );
});

test("of a live pod, what the scheduler and admission filled in breaks nothing of Pod Security", () => {
  fc.assert(
    fc.property(conformingPod, (pod) => {
      const live = {
        ...pod,
        nodeName: "node-1",
        priority: 0,
        preemptionPolicy: "PreemptLowerPriority",
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
      };
      expect(checkPodSecurity(live)).toEqual([]);
    }),
  );
  const privileged = { containers: [{ name: "a", securityContext: { privileged: true } }] };
  expect(checkPodSecurity(privileged).map(({ policy }) => policy)).toContain("not-privileged");
});

test("scratch space has one default size, declared or not", () => {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", { scratch: [{ path: "/tmp" }] }));
  expect(parsed.ok && parsed.value.spec.scratch).toEqual([{ path: "/tmp", size: DEFAULT_SCRATCH_SIZE }]);
});

describe("a lifted rule", () => {
  const LIFTABLE = POD_POLICIES.filter(({ lifted }) => lifted !== undefined);
  const ALL: ReadonlySet<string> = new Set(LIFTABLE.map(({ id }) => id));

  test("leaves of a pod what holds all the same", () => {
    fc.assert(
      fc.property(conformingPod, (pod) => {
        for (const { lifted } of LIFTABLE) expect(lifted?.still?.find(hardenPod(pod, ALL)) ?? []).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    { rule: "drop-capabilities", securityContext: { capabilities: { add: ["SYS_ADMIN"] } } },
    { rule: "seccomp-runtime-default", securityContext: { seccompProfile: { type: "Unconfined" } } },
  ])("$rule opens nothing beyond what it gives", ({ rule, securityContext }) => {
    const still = LIFTABLE.find(({ id }) => id === rule)?.lifted?.still;
    const container = { name: "c", image: "registry.example.com/c:1" };
    expect(still?.find({ containers: [container] })).toEqual([]);
    expect(still?.find({ containers: [{ ...container, securityContext }] })).toHaveLength(1);
  });
});
