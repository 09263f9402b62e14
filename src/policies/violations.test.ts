/** Each way to break each rule: what is reported, and where. */
import { expect, test } from "@jest/globals";
import { containerWith, OBEYING, podWith, WEAK_PODS } from "../../test/support/weak-pods.ts";
import { checkPod, hardenPod, POD_POLICIES } from "./index.ts";

test("the pod that the cases break obeys every rule", () => {
  expect(checkPod(OBEYING)).toEqual([]);
});

test.each(WEAK_PODS)("$policy is broken at $paths", ({ policy, broken, paths }) => {
  const found = checkPod(broken);
  expect(found.map((violation) => violation.path)).toEqual(paths);
  expect(new Set(found.map((violation) => violation.policy))).toEqual(new Set([policy]));
});

test("every rule has a case", () => {
  expect([...new Set(WEAK_PODS.map(({ policy }) => policy))]).toEqual(POD_POLICIES.map(({ id }) => id));
});

test.each(["initContainers", "ephemeralContainers"] as const)(
  "the containers in %s are judged as any other",
  (list) => {
    const weak = containerWith({ name: "helper", securityContext: { privileged: true } });
    const paths = checkPod(podWith({ [list]: [weak] })).map(({ path }) => path);
    expect(paths).toContain(`${list}[name=helper].securityContext.privileged`);
    expect(paths).toContain(`${list}[name=helper].securityContext.capabilities.drop`);
  },
);

test("a forbidden volume takes its mounts along, and no other mount", () => {
  const mounts = [
    { name: "host", mountPath: "/host" },
    { name: "data", mountPath: "/data" },
  ];
  const hardened = hardenPod({
    containers: [{ name: "web", volumeMounts: mounts }],
    volumes: [
      { name: "host", hostPath: { path: "/" } },
      { name: "data", emptyDir: { sizeLimit: "1Gi" } },
    ],
  });
  expect(hardened.volumes?.map(({ name }) => name)).toEqual(["data"]);
  expect(hardened.containers[0]?.volumeMounts).toEqual([{ name: "data", mountPath: "/data" }]);
});

test("a container that declares half of its resources gets the other half from it, and never a contradiction", () => {
  const hardened = hardenPod({
    containers: [{ name: "web", resources: { requests: { cpu: "2" }, limits: { memory: "32Mi" } } }],
  });
  expect(hardened.containers[0]?.resources).toEqual({
    requests: { cpu: "2", memory: "32Mi", "ephemeral-storage": "64Mi" },
    limits: { memory: "32Mi", "ephemeral-storage": "1Gi" },
  });
});

test("a pod without a group gets that of its user", () => {
  expect(OBEYING.securityContext?.runAsGroup).toBe(1000);
  expect(hardenPod({ containers: [] }).securityContext?.runAsGroup).toBe(65_534);
});
