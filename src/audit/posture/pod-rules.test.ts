/** How bad a broken rule of pods is, and what of a pod its containers overrule. */
import { expect, test } from "@jest/globals";
import { aPod, audited, ruleIds } from "../../../test/support/audited.ts";

const context = (change: object): object => ({ securityContext: change });
const volume = (kind: object): object => ({ volumes: [{ name: "v", ...kind }] });

/** Medium is what Pod Security's baseline refuses, and nothing else is. */
test.each<[string, string, string, object, object]>([
  [
    "a dangerous capability",
    "drop-capabilities",
    "medium",
    {},
    context({ capabilities: { add: ["NET_RAW"], drop: ["ALL"] } }),
  ],
  [
    "one that the baseline allows",
    "drop-capabilities",
    "low",
    {},
    context({ capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] } }),
  ],
  ["no drop", "drop-capabilities", "low", {}, {}],
  ["files of the node", "safe-volumes", "medium", volume({ hostPath: { path: "/srv/data" } }), {}],
  ["files of a server", "safe-volumes", "low", volume({ nfs: { server: "a", path: "/" } }), {}],
  ["no filter", "seccomp-runtime-default", "medium", {}, context({ seccompProfile: { type: "Unconfined" } })],
  ["a filter of the node", "seccomp-runtime-default", "low", {}, context({ seccompProfile: { type: "Localhost" } })],
  ["an unset filter", "seccomp-runtime-default", "low", {}, {}],
  ["no AppArmor", "apparmor-runtime-default", "medium", {}, context({ appArmorProfile: { type: "Unconfined" } })],
  [
    "an AppArmor of the node",
    "apparmor-runtime-default",
    "low",
    {},
    context({ appArmorProfile: { type: "Localhost" } }),
  ],
  [
    "an SELinux type that confines less",
    "no-selinux-options",
    "medium",
    {},
    context({ seLinuxOptions: { type: "spc_t" } }),
  ],
  ["one that confines", "no-selinux-options", "low", {}, context({ seLinuxOptions: { type: "container_init_t" } })],
  ["a user of SELinux", "no-selinux-options", "medium", {}, context({ seLinuxOptions: { user: "root" } })],
])("%s: %s is %s", (_, rule, severity, spec, container) => {
  const { findings } = audited(aPod("p", spec, container));
  const worst = findings.find((one) => one.rule === rule);
  expect(worst?.severity).toBe(severity);
});

const OWN = { runAsNonRoot: true, runAsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } };
const PER_CONTAINER = ["non-root", "non-root-groups", "seccomp-runtime-default"];
const broken = (...contexts: readonly object[]): readonly string[] => {
  const [first = {}, ...others] = contexts;
  const initContainers = others.map((one, index) => ({ name: `i${index}`, image: "i:1", securityContext: one }));
  return ruleIds(audited(aPod("p", { initContainers }, context(first)))).filter((rule) => PER_CONTAINER.includes(rule));
};

test("what every container says for itself the pod need not say, and what one leaves out it must", () => {
  expect(broken(OWN, OWN)).toEqual([]);
  expect([...broken(OWN, {})].sort()).toEqual(PER_CONTAINER);
  expect(broken(OWN, { ...OWN, runAsGroup: 0 })).toEqual(["non-root-groups"]);
});
