import { expect, test } from "@jest/globals";
import type { PodSpec } from "../policies/index.ts";
import { declaredPod, expectedByIdentity } from "./declared-pod.ts";

const POD: PodSpec = {
  initContainers: [{ name: "migrate", image: "registry.example.com/migrate:1", command: ["a", "b"] }],
  containers: [
    {
      name: "web",
      image: "registry.example.com/web:1",
      imagePullPolicy: "IfNotPresent",
      env: [{ name: "PASSWORD", value: "hunter2" }],
      resources: { limits: { cpu: "1" }, requests: { cpu: "100m" } },
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    },
  ],
  nodeSelector: { "kubernetes.io/arch": "amd64" },
  priorityClassName: "palisade-standard",
};

test("says what the template declares, one line each, and no value of a variable", () => {
  const lines = declaredPod(POD).split("\n");
  expect(lines).toEqual([...lines].sort());
  expect(lines).toEqual(
    expect.arrayContaining([
      "container/migrate",
      "container/web",
      "command migrate 2",
      "env/PASSWORD web",
      "image web registry.example.com/web:1",
      "imagePullPolicy web IfNotPresent",
      "mount//data web",
      "nodeSelector/kubernetes.io/arch amd64",
      "priorityClassName palisade-standard",
      "resources web limits cpu",
      "resources web requests cpu",
      "volume/data",
    ]),
  );
  expect(lines.filter((line) => /^(args|envFrom|runtimeClassName)/.test(line))).toEqual([]);
  expect(lines.join()).not.toContain("hunter2");
});

test("expects what the webhook of the workload's own cloud adds", () => {
  const of = (identity: object) => expectedByIdentity({ spec: { identity } as never });
  expect(of({ aws: {} })).toContain("env/AWS_*");
  expect(of({ azure: {} })).toContain("env/AZURE_*");
  expect(of({ gcp: {} })).toEqual([]);
});
