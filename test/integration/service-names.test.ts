/** Services under names that specs choose: made, guarded, put right, given up and taken over as a workload's own Service is. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ADOPT_LABEL, SERVICES_ANNOTATION } from "../../src/crds/group.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMED = "named";
const OPEN = "named-open";

const { cluster } = usePalisade({ namespaces: [NAMED], kubelet: "all", admission: ADMISSION_POLICIES });

const as = (user: "alice" | "admin", namespace: string) => (args: readonly string[], input?: object) =>
  kubectl(cluster, [...args, "-n", namespace], { user, ...(input === undefined ? {} : { input }) });
const alice = as("alice", NAMED);

const PORTS = [{ name: "sql", port: 5432 }];
const workload = (name: string, spec: object): object => aWorkload(name, NAMED, { ports: PORTS, ...spec });
const db = (...serviceNames: readonly object[]): object =>
  workload("db", {
    type: "StatefulSet",
    serviceNames: [{ name: "members", governs: true }, ...serviceNames],
  });
const apply = (object: object): Promise<string> => alice(["apply", "--server-side", "-f", "-"], object);

const { get, children, condition } = lookAt(cluster, NAMED);
const service = (name: string): Promise<KubeObject | undefined> => get("service", name);
const listed = async (): Promise<unknown> =>
  (await get("namespace", NAMED))?.metadata.annotations?.[SERVICES_ANNOTATION];
const refusal = async (attempt: Promise<string>): Promise<string> =>
  attempt.then(
    () => "",
    (error: unknown) => String(error),
  );

const slice = (serviceName: string): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `steals-${serviceName}`, labels: { "kubernetes.io/service-name": serviceName } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["192.0.2.1"] }],
});

test("a workload has its Services under every name, and its pods theirs under the governing one", async () => {
  await apply(db({ name: "primary" }, { name: "all", headless: true }));
  await until(async () => (await children("db")).includes("Service/all"), "every Service");
  expect((await children("db")).filter((child) => child.startsWith("Service/")).toSorted()).toEqual(
    ["Service/all", "Service/db", "Service/members", "Service/primary"].toSorted(),
  );
  expect(await listed()).toBe(",all,members,primary,");
  expect(field(await service("members"), "spec")).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(field(await service("all"), "spec.clusterIP")).toBe("None");
  expect(field(await get("statefulset", "db"), "spec.serviceName")).toBe("members");
  await until(async () => field(await get("pod", "db-0"), "spec.subdomain") === "members", "the pod's name");
  await until(async () => (await condition("db", "Ready"))?.status === "True", "db to be ready");
});

test("the workload's own name may govern, and then nothing is called -pods", async () => {
  await apply(workload("mysql", { type: "StatefulSet", serviceNames: [{ name: "mysql", governs: true }] }));
  await until(async () => (await condition("mysql", "Ready"))?.status === "True", "mysql to be ready");
  expect((await children("mysql")).filter((child) => child.startsWith("Service/"))).toEqual(["Service/mysql"]);
  expect(field(await service("mysql"), "spec.clusterIP")).toBe("None");
  expect(field(await get("statefulset", "mysql"), "spec.serviceName")).toBe("mysql");
});

test("they are guarded as the workload's own Service is", async () => {
  for (const name of ["primary", "members"]) {
    expect(await refusal(alice(["delete", "service", name]))).toContain("managed by SecureWorkload db");
    expect(await refusal(alice(["patch", "service", name, "-p", '{"spec":{"sessionAffinity":"ClientIP"}}']))).toContain(
      "managed by SecureWorkload db",
    );
  }
  const alias = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "alias" },
    spec: { type: "ExternalName", externalName: `primary.${NAMED}.svc.cluster.local` },
  };
  const opened = await refusal(kubectl(cluster, ["create", "-n", NAMED, "-f", "-"], { input: alias }));
  expect(opened).toMatch(/another name of a workload's Service|sealed|closed/);
});

test("the governing Service stays while the StatefulSet does, and the message says the way out", async () => {
  const other = workload("db", { type: "StatefulSet", serviceNames: [{ name: "primary", governs: true }] });
  expect(await refusal(apply(other))).toContain("add the new name without governs");
});

test("no workload takes the name of another, whichever was first", async () => {
  expect(await refusal(apply(workload("primary", {})))).toContain("Another SecureWorkload has a Service of this name");
  await apply(workload("api", {}));
  await until(async () => (await children("api")).length > 0, "api");
  expect(await refusal(apply(db({ name: "api" })))).toContain("choose another name");
  await apply(workload("other", { serviceNames: [{ name: "primary" }] }));
  await until(async () => (await condition("other", "Ready"))?.reason === "NameTaken", "other to be told");
  expect((await condition("other", "Ready"))?.message).toContain("Service primary belongs to SecureWorkload db");
  expect(field(await service("primary"), "spec.selector")).toEqual({ "palisade.dev/workload": "db" });
});

test("a name that is given up goes, and comes to whoever chose it too", async () => {
  const before = (await service("all"))?.metadata.uid;
  expect(before).toBeDefined();
  await apply(db());
  await until(async () => (await service("all")) === undefined, "the headless one to go");
  await until(
    async () =>
      (field(await service("primary"), "spec.selector") as { "palisade.dev/workload"?: string } | undefined)?.[
        "palisade.dev/workload"
      ] === "other",
    "the other's Service",
  );
  await until(async () => (await listed()) === ",members,primary,", "the list to be shorter");
});

test("a Service that stood there is told, taken over by its label, and put right afterwards", async () => {
  const admin = as("admin", OPEN);
  await kubectl(cluster, ["create", "namespace", OPEN]);
  const { get: find, condition: told, list } = lookAt(cluster, OPEN);
  await admin(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "legacy" },
    spec: { selector: { app: "web" }, ports: [{ name: "sql", port: 5432 }] },
  });
  // It keeps the namespace from being sealed.
  await admin(["create", "service", "clusterip", "bystander", "--tcp=80"]);
  const before = await find("service", "legacy");
  await admin(
    ["apply", "--server-side", "-f", "-"],
    aWorkload("web", OPEN, { ports: PORTS, serviceNames: [{ name: "legacy" }] }),
  );
  await until(async () => (await told("web", "Ready"))?.reason === "NameTaken", "NameTaken");
  expect((await told("web", "Ready"))?.message).toContain("Service/legacy");
  await admin(["label", "service", "legacy", `${ADOPT_LABEL}=web`]);
  await until(
    async () => (await find("service", "legacy"))?.metadata.ownerReferences?.[0]?.name === "web",
    "the takeover",
  );
  const after = await find("service", "legacy");
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(field(after, "spec.clusterIP")).toBe(field(before, "spec.clusterIP"));
  expect(field(after, "spec.selector")).toEqual({ "palisade.dev/workload": "web" });
  expect(await list("service")).toHaveLength(3);
  expect(await refusal(admin(["create", "-f", "-"], slice("legacy")))).toContain("Only the control plane may write");
  await admin(["create", "-f", "-"], slice("bystander"));
});
