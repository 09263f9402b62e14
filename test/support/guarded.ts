/** Namespaces as the operator leaves them, with the children of a workload in each, made by hand: no operator runs. */
import type { KubeObject } from "kopf-ts";
import {
  CLAIMS_ANNOTATION,
  ENROLMENT_LABEL,
  SECRET_WRITERS_ANNOTATION,
  SECRETS_LIST_ANNOTATION,
  TOLERATED_ANNOTATION,
  WORKLOADS_ANNOTATION,
} from "../../src/crds/group.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { expand } from "../../src/expand/child-kinds.ts";
import { copyName } from "../../src/expand/configs.ts";
import { NO_PLATFORM } from "../../src/expand/input.ts";
import { buildDefaultDeny } from "../../src/expand/network-policy.ts";
import { buildCopy } from "../../src/state/config-copies.ts";
import { shapeWorkload } from "../../src/state/records/workload.ts";
import { type ClusterUser, grantNamespace, type TestCluster } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { resolvedAll } from "./resolved.ts";
import { aWorkload } from "./workloads.ts";

export type Enrolment = "observing" | "guarding" | "sealed";

/** Has a child of most kinds. */
const SPEC = {
  replicas: 2,
  permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
  autoscaling: { minReplicas: 2, maxReplicas: 4, cpu: { averageUtilization: 70 } },
  files: [{ path: "/etc/app/app.conf", configMap: { name: "settings", key: "app.conf" } }],
};

/** Of `web`, of a StatefulSet `db` that shares with `api`, and one that `web` names. */
const CLAIMS = `${CLAIMS_ANNOTATION}=,data-web,web/data-web,data-db-*,db/data-db-*,api/data-db-*,existing:shared,web/shared,`;
const TOLERATED = `${TOLERATED_ANNOTATION}=,backup.example.com/,`;

const apply = ["apply", "--server-side", "-f", "-"];

/** The one copy that its children mount. */
export const COPY = copyName("web", "settings", "0".repeat(20));

/** The children of `web` in a namespace, as the operator would write them. */
export async function childrenOfWeb(cluster: TestCluster, namespace: string): Promise<readonly KubeObject[]> {
  const text = await mustKubectl(cluster, ["get", "secureworkload", "web", "-n", namespace, "-o", "json"]);
  const raw = JSON.parse(text) as KubeObject;
  const parsed = parseSecureWorkload(raw);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  const { spec } = parsed.value;
  const workload = shapeWorkload(raw);
  const children = expand({
    workload: workload.ref,
    spec,
    identity: { uid: 12_345, userNamespace: true },
    facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
    platform: NO_PLATFORM,
    resolved: resolvedAll("web", spec),
  });
  return [...children, buildCopy(workload, COPY, { data: { "app.conf": "listen 8080" } })];
}

/** A namespace with the workload `web`, in which alice may edit and bob is admin. Policies are to be put into force later. */
export async function guardedNamespace(cluster: TestCluster, namespace: string, enrolment: Enrolment): Promise<void> {
  const users: readonly (readonly [ClusterUser, "edit" | "admin"])[] = [
    ["alice", "edit"],
    ["bob", "admin"],
  ];
  for (const [user, role] of users) await grantNamespace(cluster, namespace, user, role);
  await mustKubectl(cluster, apply, { input: JSON.stringify(aWorkload("web", namespace, SPEC)) });
  const labels = [
    `${ENROLMENT_LABEL}=${enrolment}`,
    "pod-security.kubernetes.io/warn=restricted",
    "pod-security.kubernetes.io/warn-version=v1.37",
  ];
  const annotations = [`${WORKLOADS_ANNOTATION}=,api,web,`, `${SECRETS_LIST_ANNOTATION}=,web-tls,`, CLAIMS, TOLERATED];
  const writers = `${SECRET_WRITERS_ANNOTATION}=,group:team-b,serviceaccount:${namespace}/rotator,`;
  await mustKubectl(cluster, ["label", "namespace", namespace, ...labels]);
  await mustKubectl(cluster, ["annotate", "namespace", namespace, ...annotations, writers]);
  const objects = [...(await childrenOfWeb(cluster, namespace)), buildDefaultDeny(namespace, {})];
  await mustKubectl(cluster, apply, { input: listOf(objects) });
}
