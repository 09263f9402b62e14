/**
 * Every kind of child, those that not every cluster serves too: robbed of its label and of who wrote what, it is put right and its writers are tracked
 * anew (case 34); and it goes with what asked for it. All of it with the policies in force, which refuse the operator none of it.
 */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Client, Resource } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { CHILD_RESOURCES } from "../../src/expand/child-kinds.ts";
import {
  CALICO_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  FQDN_NETWORK_POLICY,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  POD_MONITOR,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from "../../src/kubernetes/kinds.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { asAccount } from "../support/as-account.ts";
import { isStored, operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { installCrds, removeCrds } from "../support/crds.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { installKind } from "../support/foreign-kinds.ts";
import { INGRESS_CLASS, setBaseline, setGatewayApi } from "../support/platform.ts";
import { trustedClient } from "../support/tampering.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = "every-kind";
/** What becomes served is looked for every thirty seconds where nothing announces it. */
const FOUND_MS = 60_000;

let trusted: Client;

const apply = (name: string, spec: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, { replicas: 0, ...spec }) });

const isThere = async (resource: Resource, name: string): Promise<boolean> =>
  (await trusted.get(resource, { namespace, name })) !== undefined;
const there = (resource: Resource, name: string): Promise<void> =>
  until(() => isThere(resource, name), `${resource.kind} ${name}`, FOUND_MS);
const gone = (resource: Resource, name: string): Promise<void> =>
  until(async () => !(await isThere(resource, name)), `${resource.kind} ${name} to go`, FOUND_MS);

const WEB = {
  ports: [{ name: "http", port: 8080 }],
  permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
  monitoring: { port: 8080 },
  expose: [{ host: "web.example.com", port: 8080, tls: { secretName: "tls" } }],
  access: { outbound: [{ host: "api.example.com", port: 443 }] },
};
const AUTOSCALED = { replicas: 2, autoscaling: { minReplicas: 2, maxReplicas: 4, cpu: { averageUtilization: 70 } } };
const SCHEDULE = [{ start: "0 8 * * 1-5", end: "0 18 * * 1-5", timeZone: "Europe/Berlin", replicas: 4 }];
const BASELINE = {
  callers: {
    gateway: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] },
    monitoring: { namespace: "monitoring", podLabels: [{ key: "app", value: "prometheus" }] },
  },
  exposure: { ingressClass: "public" },
  namespaces: [{ name: namespace, hosts: ["*.example.com"] }],
};

const palisade = usePalisade({
  crds: ["cilium", "servicemonitors", "podmonitors"],
  admission: ADMISSION_POLICIES,
  baseline: BASELINE,
  before: async () => {
    for (const name of [namespace, "edge"]) await kubectl(cluster, ["create", "namespace", name]);
    await kubectl(cluster, ["apply", "-f", "-"], { input: INGRESS_CLASS });
    trusted = await trustedClient(cluster);
  },
});
const { cluster } = palisade;

beforeAll(async () => {
  await untilPoliciesStand(cluster);
  await apply("web", WEB);
  await apply("scaled", AUTOSCALED);
  await apply("batch", { ports: [], monitoring: { port: 9_090 } });
  await apply("db", { type: "StatefulSet" });
  await apply("agent", { type: "DaemonSet", replicas: undefined });
  await apply("nightly", { type: "CronJob", replicas: undefined, ports: [], schedule: { cron: "0 3 * * *" } });
  await apply("migrate", { type: "Job", replicas: undefined, ports: [], job: {} });
}, 120_000);

afterAll(async () => {
  await trusted?.transport.close();
});

const ROBBED = { metadata: { managedFields: [{}], labels: { [WORKLOAD_LABEL]: null } } };
const tried = new Set<Resource>();

async function robbed(resource: Resource, name: string): Promise<void> {
  tried.add(resource);
  await there(resource, name);
  await trusted.patch(resource, { namespace, name }, ROBBED, { type: "merge" });
  await until(async () => {
    const { labels, managedFields = [] } = (await trusted.get(resource, { namespace, name }))?.metadata ?? {};
    const isTracked = managedFields.some(({ manager, operation }) => manager === "palisade" && operation === "Apply");
    return labels?.[WORKLOAD_LABEL] !== undefined && isTracked;
  }, `${resource.kind} ${name} to be put right`);
}

const CHILDREN: readonly (readonly [Resource, string])[] = [
  [NETWORK_POLICY, "web"],
  [CILIUM_NETWORK_POLICY, "web"],
  [SERVICE_ACCOUNT, "web"],
  [ROLE, "palisade:web"],
  [ROLE_BINDING, "palisade:web"],
  [SERVICE, "web"],
  [POD_DISRUPTION_BUDGET, "scaled"],
  [DEPLOYMENT, "web"],
  [STATEFUL_SET, "db"],
  [DAEMON_SET, "agent"],
  [JOB, "migrate"],
  [CRON_JOB, "nightly"],
  [HORIZONTAL_POD_AUTOSCALER, "scaled"],
  [SERVICE_MONITOR, "web"],
  [POD_MONITOR, "batch"],
  [INGRESS, "web"],
];

describe("is put right", () => {
  test.each(CHILDREN.map(([resource, name]) => ({ kind: resource.kind, resource, name })))(
    "$kind",
    ({ resource, name }) => robbed(resource, name),
  );

  test("ScaledObject, once KEDA is there", async () => {
    await installKind(cluster, "scaledobjects");
    await apply("scaled", { ...AUTOSCALED, autoscaling: { ...AUTOSCALED.autoscaling, schedule: SCHEDULE } });
    await robbed(SCALED_OBJECT, "scaled");
  }, 90_000);

  test("HTTPRoute, once there is a gateway", async () => {
    await setGatewayApi(cluster, true);
    const tls = { certificateRefs: [{ name: "star" }] };
    const https = { name: "https", port: 443, protocol: "HTTPS", hostname: "*.example.com", tls };
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: { name: "public", namespace: "edge" },
        spec: { gatewayClassName: "test", listeners: [https] },
      },
    });
    await setBaseline(cluster, { ...BASELINE, exposure: { gateway: { namespace: "edge", name: "public" } } });
    await robbed(HTTP_ROUTE, "web.0");
  }, 90_000);

  test("FQDNNetworkPolicy of GKE, in place of Cilium's", async () => {
    await installCrds(cluster, "gke");
    await robbed(FQDN_NETWORK_POLICY, "web");
  }, 90_000);

  test("NetworkPolicy of Calico, where the others are not served", async () => {
    await removeCrds(cluster, "gke");
    await removeCrds(cluster, "cilium");
    await installCrds(cluster, "calico");
    await robbed(CALICO_NETWORK_POLICY, "default.web");
  }, 150_000);

  test("all of them were tried", () => {
    expect([...tried].map(({ kind }) => kind).sort()).toEqual(CHILD_RESOURCES.map(({ kind }) => kind).sort());
  });
});

describe("goes", () => {
  test("a PodMonitor, with the monitoring that was declared", async () => {
    await apply("batch", { ports: [] });
    await gone(POD_MONITOR, "batch");
  });

  test("a DaemonSet, with the type", async () => {
    await apply("agent", { type: "Deployment" });
    await there(DEPLOYMENT, "agent");
    await gone(DAEMON_SET, "agent");
  });

  test("a policy for DNS names, with the last name", async () => {
    await installCrds(cluster, "gke");
    await there(FQDN_NETWORK_POLICY, "web");
    await apply("web", { ...WEB, access: undefined });
    await gone(FQDN_NETWORK_POLICY, "web");
  }, 150_000);

  test("a foreign policy of Calico's that opens pods, as Calico stores it", async () => {
    await removeCrds(cluster, "calico");
    await installCrds(cluster, "calico-stored");
    const { group, version, kind } = CALICO_STORED_NETWORK_POLICY;
    const open = { selector: "all()", ingress: [{ action: "Allow" }] };
    const trusted = [...asAccount("kube-system", "generic-garbage-collector"), "--as-group=system:masters"];
    await kubectl(cluster, ["create", "-f", "-", ...trusted], {
      input: { apiVersion: `${group}/${version}`, kind, metadata: { name: "default.open", namespace }, spec: open },
    });
    await gone(CALICO_STORED_NETWORK_POLICY, "default.open");
  }, 90_000);
});

describe("across namespaces", () => {
  test("a route elsewhere is told of, and stays", async () => {
    await setGatewayApi(cluster, true);
    await kubectl(cluster, ["create", "-f", "-"], {
      input: {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "theirs", namespace: "edge" },
        spec: { rules: [{ backendRefs: [{ name: "web", namespace, port: 8080 }] }] },
      },
    });
    await until(
      async () =>
        (await kubectl(cluster, ["get", "secureworkload", "web", "-n", namespace, "-o", "json"])).includes(
          '"InAnotherNamespace"',
        ),
      "the workload to tell of it",
      FOUND_MS,
    );
    expect((await cluster.kubectl(["get", "httproute", "theirs", "-n", "edge"])).code).toBe(0);
  }, 90_000);
});

test("the policies refused the operator nothing of this", () => {
  const refused = operatorWrites(cluster)
    .filter(isStored)
    .flatMap(({ responseStatus: { message = "" } = { code: 0 } }) => message)
    .filter((message) => message.includes("ValidatingAdmissionPolicy"));
  expect(refused).toEqual([]);
});
