import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { additionAt, additionsOf, isExpected } from "./additions.ts";

const web = {
  name: "web",
  image: "registry.example.com/web:1",
  env: [{ name: "MODE", value: "a" }],
  volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
};
const SPEC = { containers: [web], volumes: [{ name: "scratch", emptyDir: {} }], nodeSelector: { os: "linux" } };

const of = (pod: object) => additionsOf(SPEC, pod).map(({ name, path }) => `${name} at ${path}`);
const withWeb = (changes: object) => ({ ...SPEC, containers: [{ ...web, ...changes }] });

test.each([
  {
    name: "a sidecar is one addition, whatever is in it",
    pod: { ...SPEC, containers: [web, { name: "istio-proxy", image: "proxy:1", env: [{ name: "A" }] }] },
    expected: ["container/istio-proxy at spec.containers[name=istio-proxy]"],
  },
  {
    name: "an init container of its own is one as well",
    pod: { ...SPEC, initContainers: [{ name: "vault-agent-init", image: "vault:1" }] },
    expected: ["container/vault-agent-init at spec.initContainers[name=vault-agent-init]"],
  },
  {
    name: "each variable, changed ones among them",
    pod: withWeb({
      env: [
        { name: "MODE", value: "b" },
        { name: "DD_AGENT_HOST", value: "x" },
      ],
    }),
    expected: [
      "env/DD_AGENT_HOST at spec.containers[name=web].env[name=DD_AGENT_HOST]",
      "env/MODE at spec.containers[name=web].env[name=MODE]",
    ],
  },
  {
    name: "each volume and each mount",
    pod: {
      ...withWeb({ volumeMounts: [...web.volumeMounts, { name: "token", mountPath: "/var/token" }] }),
      volumes: [...SPEC.volumes, { name: "token", projected: {} }],
    },
    expected: [
      "mount//var/token at spec.containers[name=web].volumeMounts[mountPath=/var/token]",
      "volume/token at spec.volumes[name=token]",
    ],
  },
  {
    name: "each key of a node selector",
    pod: { ...SPEC, nodeSelector: { os: "linux", pool: "general" } },
    expected: ["nodeSelector/pool at spec.nodeSelector[pool]"],
  },
  {
    name: "any other field by its name",
    pod: { ...withWeb({ imagePullPolicy: "Always", image: `${web.image}@sha256:1` }), priorityClassName: "standard" },
    expected: [
      "image at spec.containers[name=web].image",
      "imagePullPolicy at spec.containers[name=web].imagePullPolicy",
      "priorityClassName at spec.priorityClassName",
    ],
  },
  {
    name: "nothing that the scheduler and the kubelet fill in",
    pod: { ...SPEC, nodeName: "n", priority: 0, tolerations: [{ operator: "Exists" }], hostAliases: [] },
    expected: [],
  },
])("$name", ({ pod, expected }) => {
  expect(of(pod)).toEqual(expected);
});

test("a pod as its template says has no additions, whatever it says", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
      const text = JSON.stringify(spec);
      expect(additionsOf(JSON.parse(text), JSON.parse(text))).toEqual([]);
    }),
  );
});

test.each([
  { entry: "env/DD_*", name: "env/DD_AGENT_HOST", expected: true },
  { entry: "env/DD_*", name: "env/MODE", expected: false },
  { entry: "imagePullPolicy", name: "imagePullPolicy", expected: true },
  { entry: "image", name: "imagePullPolicy", expected: false },
  { entry: "container/istio", name: "container/istio-proxy", expected: false },
])("that $name is expected by $entry is $expected", ({ entry, name, expected }) => {
  expect(isExpected({ name, path: "" }, [entry])).toBe(expected);
});

test.each([
  ["spec.template.spec.containers[name=web].resources.requests.cpu", "resources"],
  ["spec.template.spec.containers[name=istio-proxy]", "container/istio-proxy"],
  ["spec.template.spec.containers[name=web].env[name=DD_AGENT_HOST].value", "env/DD_AGENT_HOST"],
  ["spec.template.spec.volumes[name=datadog]", "volume/datadog"],
  ["spec.template.spec.nodeSelector[cloud.google.com/compute-class]", "nodeSelector/cloud.google.com/compute-class"],
  ["spec.jobTemplate.spec.template.spec.tolerations[0]", "tolerations"],
  ["spec.template.metadata.labels.team", undefined],
  ["spec.replicas", undefined],
])("%s is %s", (path, name) => {
  expect(additionAt(path)).toBe(name);
});
