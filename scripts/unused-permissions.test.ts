import { declaredWrites, usedBy } from "./unused-permissions.ts";

const USER = "system:serviceaccount:palisade-system:palisade";
const line = (over: object = {}): string =>
  JSON.stringify({
    verb: "create",
    user: { username: USER },
    userAgent: "palisade/1",
    objectRef: { resource: "pods", subresource: "eviction" },
    ...over,
  });

test("a right is a verb on a resource of a group, and those to read are left out", () => {
  const rules = [
    { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  ];

  expect([...declaredWrites(rules)]).toEqual([
    "patch deployments.apps",
    "patch statefulsets.apps",
    "create pods/eviction",
  ]);
});

test("a request uses the right of the same name", () => {
  expect(usedBy(USER, "palisade", line())).toBe("create pods/eviction");
  const objectRef = { resource: "deployments", apiGroup: "apps" };
  expect(usedBy(USER, "palisade", line({ verb: "patch", objectRef }))).toBe("patch deployments.apps");
});

test.each([
  ["of somebody else", line({ user: { username: "alice" }, objectRef: { resource: "pods", name: USER } })],
  ["of an account whose name only starts the same", line({ user: { username: `${USER}-admission` } })],
  ["of another program that has the account's token", line({ userAgent: "thief" })],
  ["of no resource", line({ objectRef: undefined })],
  ["that is cut off", line().slice(0, -1)],
  ["that is empty", ""],
])("a line %s says nothing", (_what, text) => {
  expect(usedBy(USER, "palisade", text)).toBeUndefined();
});
