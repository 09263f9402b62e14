/** Files hold anything: what has another shape than its API gives it is told, and nothing that it holds ends the audit. */
import { expect, test } from "@jest/globals";
import { aPod, aService, audited, bound, documents } from "../../../test/support/audited.ts";

type Raw = Record<string | number, unknown>;

const OBJECTS: readonly object[] = [
  ...documents(
    aPod(
      "web",
      { hostPID: true, volumes: [{ name: "v", hostPath: { path: "/" } }] },
      {
        args: ["-x"],
        env: [{ name: "A", value: "b" }],
        ports: [{ containerPort: 80, hostPort: 80 }],
        volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }],
        securityContext: { privileged: true, capabilities: { add: ["SYS_ADMIN"] } },
      },
    ),
    aService("web", 80, { type: "NodePort", externalIPs: ["203.0.113.7"] }),
    bound("web", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]),
  )
    .split("\n---\n")
    .map((text) => JSON.parse(text) as object),
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "n", namespace: "shop" },
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
    },
  },
];

const VALUES: readonly unknown[] = [
  null,
  "x",
  5,
  true,
  [],
  {},
  [null],
  { a: null },
  [[]],
  "",
  JSON.parse('{"__proto__": {"a": 1}}'),
];

/** Every object with each of its fields, but for those that name it, changed to each value. */
function* changed(): Iterable<string> {
  for (const object of OBJECTS)
    for (const path of pathsOf(object, []).filter(([first]) => first !== "kind" && first !== "apiVersion"))
      for (const value of VALUES) if (path.join(".") !== "metadata.name") yield withValue(object, path, value);
}

const pathsOf = (value: unknown, at: readonly (string | number)[]): readonly (readonly (string | number)[])[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, one]) => {
        const path = [...at, Array.isArray(value) ? Number(key) : key];
        return [...(path.length > 1 || key !== "metadata" ? [path] : []), ...pathsOf(one, path)];
      });

function withValue(object: object, path: readonly (string | number)[], value: unknown): string {
  const copy = structuredClone(object) as Raw;
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as Raw;
  holder[path.at(-1) ?? ""] = value;
  return JSON.stringify(copy);
}

test("no value of any field ends the audit, and none makes an object vanish unsaid", () => {
  const whole = documents(...OBJECTS.map((one) => JSON.stringify(one)));
  for (const text of changed()) expect(audited(documents(whole, text)).objects).toBe(OBJECTS.length + 1);
});

const of = (object: object, path: readonly (string | number)[], value: unknown): readonly string[] =>
  audited(withValue(object, path, value)).unread.map(({ problem }) => problem);
const [POD = {}, SERVICE = {}, ROLE = {}] = OBJECTS;

test.each<[object, string, unknown, string]>([
  [POD, "spec", null, "Pod/shop/web: spec must have containers"],
  [POD, "spec.containers", [], "Pod/shop/web: spec must have containers"],
  [POD, "spec.containers", "x", "Pod/shop/web: spec.containers must be a list"],
  [POD, "spec.containers.0", null, "Pod/shop/web: spec.containers[0] must not be empty"],
  [POD, "spec.hostPID", "true", "Pod/shop/web: spec.hostPID must be true or false"],
  [
    POD,
    "spec.containers.0.ports.0.hostPort",
    "80",
    "Pod/shop/web: spec.containers[0].ports[0].hostPort must be a number",
  ],
  [POD, "spec.volumes.0.hostPath", "/", "Pod/shop/web: spec.volumes[0].hostPath must hold fields"],
  [SERVICE, "spec.ports.0.port", "80", "Service/shop/web: spec.ports[0].port must be a number"],
  [SERVICE, "metadata.namespace", {}, "metadata.namespace must be a text"],
  [ROLE, "rules.0.verbs", "*", "ClusterRole/web-role: rules[0].verbs must be a list"],
])("%# %s %j is told", (object, path, value, problem) => {
  expect(of(object, path.split("."), value).join("\n")).toContain(problem);
});

test.each<[object, string, unknown]>([
  [POD, "spec.containers.0.env.0.value", 8080],
  [POD, "spec.containers.0.ports", null],
  [SERVICE, "spec.ports.0.targetPort", "http"],
  [ROLE, "rules.0.resourceNames", null],
])("%# %s %j is usual", (object, path, value) => {
  expect(of(object, path.split("."), value)).toEqual([]);
});

test("a rule whose names are null is one of every name", () => {
  const rule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: null };
  expect(audited(bound("x", [rule])).findings.map((one) => one.rule)).toContain("reads-secrets");
});
