/** What the roles for people give, and what they keep back, as the API server judges it. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Client, KubeObject } from "kopf-ts";
import { SECRET } from "../../src/kubernetes/kinds.ts";
import { clientOf, kubectl, uniqueNamespace } from "../support/cluster.ts";
import { anException } from "../support/exceptions.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

let bob: { readonly client: Client; close(): Promise<void> };
let admin: { readonly client: Client; close(): Promise<void> };
const namespace = uniqueNamespace("roles");

const { cluster } = useCluster();

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
  await bind("palisade-app-team");
  [bob, admin] = await Promise.all([clientOf(cluster, "bob"), clientOf(cluster)]);
});

afterAll(async () => {
  await Promise.all([bob?.close(), admin?.close()]);
});

const bind = (role: string): Promise<string> =>
  kubectl(cluster, ["create", "rolebinding", role, "-n", namespace, `--clusterrole=${role}`, "--user=bob"]);

/** `kubectl auth can-i` takes what stands behind a slash for a name. */
async function can(verb: string, what: string): Promise<string> {
  const [resource = "", subresource] = what.split("/");
  const below = subresource === undefined ? [] : [`--subresource=${subresource}`];
  const args = ["auth", "can-i", verb, resource, ...below, "-n", namespace];
  return (await cluster.kubectl(args, { user: "bob" })).stdout.trim();
}

test.each([
  ["create", "secureworkloads.palisade.dev"],
  ["patch", "secureworkloads.palisade.dev/scale"],
  ["get", "pods/log"],
  ["delete", "pods"],
  ["list", "networkpolicies.networking.k8s.io"],
  ["watch", "events.events.k8s.io"],
  ["update", "configmaps"],
  ["create", "secrets"],
  ["update", "secrets"],
  ["delete", "secrets"],
  ["use", "secrets"],
  ["update", "leases.coordination.k8s.io"],
  ["create", "events.events.k8s.io"],
])("a team may %s %s", async (verb, resource) => {
  expect(await can(verb, resource)).toBe("yes");
});

test.each([
  ["get", "secrets"],
  ["list", "secrets"],
  ["watch", "secrets"],
  ["patch", "secrets"],
  ["deletecollection", "secrets"],
  ["create", "pods"],
  ["patch", "pods"],
  ["create", "pods/exec"],
  ["create", "pods/ephemeralcontainers"],
  ["create", "pods/portforward"],
  ["create", "deployments.apps"],
  ["update", "deployments.apps"],
  ["patch", "deployments.apps"],
  ["patch", "deployments.apps/scale"],
  ["create", "jobs.batch"],
  ["create", "services"],
  ["create", "networkpolicies.networking.k8s.io"],
  ["create", "horizontalpodautoscalers.autoscaling"],
  ["create", "poddisruptionbudgets.policy"],
  ["create", "ingresses.networking.k8s.io"],
  ["create", "endpointslices.discovery.k8s.io"],
  ["create", "rolebindings.rbac.authorization.k8s.io"],
  ["create", "serviceaccounts/token"],
  ["impersonate", "serviceaccounts"],
  ["delete", "events.events.k8s.io"],
  ["patch", "secureworkloads.palisade.dev/status"],
  ["breakglass", "secureworkloads.palisade.dev"],
  ["create", "securityexceptions.palisade.dev"],
])("a team may not %s %s", async (verb, resource) => {
  expect(await can(verb, resource)).toBe("no");
});

test("a team deploys with kubectl as before", async () => {
  const apply = (input: object) => kubectl(cluster, ["apply", "-f", "-"], { user: "bob", input });
  await apply(aWorkload("web", namespace));
  await apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace },
    data: { mode: "fast" },
  });
  await kubectl(cluster, ["scale", "sw", "web", "--replicas=3", "-n", namespace], { user: "bob" });
});

const secret = (value: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "database", namespace },
  data: { password: Buffer.from(value).toString("base64") },
});

test("a team writes a Secret and never reads one back, by no answer of the API server", async () => {
  await kubectl(
    cluster,
    ["create", "secret", "generic", "database", "--from-literal=password=theirs", "-n", namespace],
    { user: "bob" },
  );
  await admin.client.replace(SECRET, secret("stored"));
  const stored = Buffer.from("stored").toString("base64");
  const sent = await bob.client.replace(SECRET, { ...secret("sent"), data: {} }, { dryRun: true });
  expect(JSON.stringify(sent)).not.toContain(stored);
  // Why the first of these is kept back, and palisade-secret-deletions refuses the second: both answer with what was stored.
  const patched = await admin.client.patch(SECRET, secret("").metadata, {}, { type: "merge" });
  expect(JSON.stringify(patched)).toContain(stored);
  const path = `/api/v1/namespaces/${namespace}/secrets/database`;
  const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" };
  expect(JSON.stringify(await admin.client.transport.request({ method: "DELETE", path, body }))).toContain(stored);
});

test("a team applies, patches and deletes the Secrets that it has by name, and no other", async () => {
  const own = ["create", "role", "own-secrets", "--verb=get,patch", "--resource=secrets", "--resource-name=own"];
  await kubectl(cluster, [...own, "-n", namespace]);
  await kubectl(cluster, ["create", "rolebinding", "own-secrets", "--role=own-secrets", "--user=bob", "-n", namespace]);
  const asBob = { user: "bob" } as const;
  const of = (name: string, value: string) => ({ ...secret(value), metadata: { name, namespace } });
  for (const value of ["first", "second"])
    await kubectl(cluster, ["apply", "-f", "-"], { ...asBob, input: of("own", value) });
  await kubectl(cluster, ["patch", "secret", "own", "-n", namespace, "-p", '{"stringData":{"b":"c"}}'], asBob);
  expect((await admin.client.get(SECRET, { namespace, name: "own" }))?.["data"]).toEqual({
    password: Buffer.from("second").toString("base64"),
    b: Buffer.from("c").toString("base64"),
  });
  await kubectl(cluster, ["delete", "secret", "own", "-n", namespace], asBob);
  const other = await cluster.kubectl(["apply", "-f", "-"], { ...asBob, input: JSON.stringify(of("other", "a")) });
  expect(other.stderr).toContain("cannot get resource");
});

test("without a name the same team creates, replaces and deletes a Secret with kubectl", async () => {
  const asBob = { user: "bob" } as const;
  const of = (value: string) => ({ ...secret(value), metadata: { name: "unnamed", namespace } });
  await kubectl(cluster, ["create", "-f", "-"], { ...asBob, input: of("first") });
  await kubectl(cluster, ["replace", "-f", "-"], { ...asBob, input: of("second") });
  expect((await admin.client.get(SECRET, { namespace, name: "unnamed" }))?.["data"]).toEqual({
    password: Buffer.from("second").toString("base64"),
  });
  await kubectl(cluster, ["delete", "secret", "unnamed", "-n", namespace], asBob);
});

test("the debugging role gives exec to whoever it is bound to, and no verb that admission asks for", async () => {
  await bind("palisade-debug");
  expect(await can("create", "pods/exec")).toBe("yes");
  expect(await can("get", "pods/portforward")).toBe("yes");
  expect(await can("create", "pods/ephemeralcontainers")).toBe("no");
  expect(await can("breakglass", "secureworkloads.palisade.dev")).toBe("no");
});

test("the platform's role writes grants and exceptions, and no workload", async () => {
  const binding = `palisade-test-${namespace}`;
  await kubectl(cluster, ["create", "clusterrolebinding", binding, "--clusterrole=palisade-platform", "--user=bob"]);
  await kubectl(cluster, ["create", "--dry-run=server", "-f", "-"], { user: "bob", input: anException(namespace) });
  expect(await can("manage", "securitybaselines.palisade.dev")).toBe("yes");
  expect(await can("breakglass", "secureworkloads.palisade.dev")).toBe("no");
  await kubectl(cluster, ["delete", "clusterrolebinding", binding]);
});
