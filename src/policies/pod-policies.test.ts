import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkPod, hardenPod, POD_POLICIES, type PodSpec } from "./index.ts";

const context = fc.record(
  {
    privileged: fc.boolean(),
    runAsUser: fc.constantFrom(0, 1000),
    runAsNonRoot: fc.boolean(),
    allowPrivilegeEscalation: fc.boolean(),
    readOnlyRootFilesystem: fc.boolean(),
    procMount: fc.constantFrom("Default", "Unmasked"),
    seccompProfile: fc.constantFrom({ type: "Unconfined" }, { type: "RuntimeDefault" }),
    capabilities: fc.constantFrom({ add: ["SYS_ADMIN"] }, { drop: ["ALL"] }, { drop: ["ALL"], add: ["NET_RAW"] }),
  },
  { requiredKeys: [] },
);

const container = fc.record(
  {
    name: fc.constantFrom("a", "b", "c"),
    image: fc.constant("x:1"),
    securityContext: context,
    ports: fc.array(fc.record({ containerPort: fc.constant(80), hostPort: fc.constantFrom(0, 80) }), { maxLength: 2 }),
    volumeMounts: fc.constant([{ name: "v", mountPath: "/v" }]),
  },
  { requiredKeys: ["name"] },
);

const pod: fc.Arbitrary<PodSpec> = fc
  .record(
    {
      containers: fc.array(container, { minLength: 1, maxLength: 3 }),
      initContainers: fc.array(container, { maxLength: 2 }),
      ephemeralContainers: fc.array(container, { maxLength: 1 }),
      hostNetwork: fc.boolean(),
      hostPID: fc.boolean(),
      hostIPC: fc.boolean(),
      shareProcessNamespace: fc.boolean(),
      nodeName: fc.constant("n"),
      runtimeClassName: fc.constant("exempt"),
      automountServiceAccountToken: fc.boolean(),
      enableServiceLinks: fc.boolean(),
      securityContext: fc.record(
        {
          runAsUser: fc.constantFrom(0, 7),
          runAsNonRoot: fc.boolean(),
          seccompProfile: fc.constant({ type: "Unconfined" }),
        },
        { requiredKeys: [] },
      ),
      volumes: fc.constantFrom([{ name: "v", hostPath: { path: "/" } }], [{ name: "v", emptyDir: {} }]),
    },
    { requiredKeys: ["containers"] },
  )
  .map((value) => value as unknown as PodSpec);

test("a hardened pod breaks no rule, whatever it was before", () => {
  fc.assert(
    fc.property(pod, (arbitrary) => expect(checkPod(hardenPod(arbitrary))).toEqual([])),
    { numRuns: 2_000 },
  );
});

test("hardening twice is hardening once, and never changes its argument", () => {
  fc.assert(
    fc.property(pod, (arbitrary) => {
      const before = structuredClone(arbitrary);
      const once = hardenPod(arbitrary);
      expect(hardenPod(once)).toEqual(once);
      expect(arbitrary).toEqual(before);
    }),
  );
});

describe("each rule", () => {
  test.each(POD_POLICIES.map((policy) => [policy.id, policy] as const))(
    "%s obeys itself, and names its reason and sources",
    (_id, policy) => {
      fc.assert(
        fc.property(pod, (arbitrary) =>
          expect(policy.check(policy.harden({ ...arbitrary, ephemeralContainers: [] }))).toEqual([]),
        ),
      );
      expect(policy.reason).not.toBe("");
      expect(policy.sources.length).toBeGreaterThan(0);
    },
  );
});

test("an unmount of a forbidden volume takes its mounts along", () => {
  const hardened = hardenPod({
    containers: [{ name: "a", volumeMounts: [{ name: "host", mountPath: "/host" }] }],
    volumes: [{ name: "host", hostPath: { path: "/" } }],
  });
  expect(hardened.volumes).toEqual([]);
  expect(hardened.containers[0]?.volumeMounts).toEqual([]);
});
