/** What the API server refuses by the pod baseline, whoever asks and whether or not the operator runs, and what it takes. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Client, KubeObject, Resource } from "kopf-ts";
import { liftedText } from "../../src/admission/lifted.ts";
import { ENROLMENT_LABEL, LIFTED_ANNOTATION, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { CRON_JOB, DEPLOYMENT, POD, REPLICA_SET } from "../../src/kubernetes/kinds.ts";
import { type Container, checkPod, hardenPod, POD_POLICIES, type PodSpec } from "../../src/policies/index.ts";
import { addNode, until } from "../cluster/index.ts";
import { refusalBy } from "../support/admission.ts";
import { acceptablePod } from "../support/arbitrary-pods.ts";
import { allWrites } from "../support/audit.ts";
import {
  BASELINE_POLICIES,
  type BaselineCluster,
  ENROLLED,
  furnishBaseline,
  OTHER,
} from "../support/baseline-cluster.ts";
import { kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { aPod, DEPLOYMENTS, HOLDERS, holding, type Made, OURS, unlabelled } from "../support/pod-holders.ts";
import { useCluster } from "../support/use-palisade.ts";
import { containerWith, OBEYING, podWith, STORABLE_WEAK_PODS, WEAK_PODS } from "../support/weak-pods.ts";
import { aWorkload } from "../support/workloads.ts";

const PATIENCE_MS = 300_000;
const WEAK = podWith({ hostNetwork: true });
const HERE = { namespace: ENROLLED };
/** What the operator may write. */
const WRITTEN = HOLDERS.filter(({ resource }) => resource !== REPLICA_SET);

let base: BaselineCluster;

const dryRun = (resource: Resource, object: KubeObject, by?: Client): Promise<KubeObject> =>
  base.dryRun(resource, object, by);

/** Why it is refused; undefined where it is taken. */
const refused = (resource: Resource, object: KubeObject, by?: Client): Promise<string | undefined> =>
  refusalBy(() => dryRun(resource, object, by));

const used = useCluster();

beforeAll(async () => {
  base = await furnishBaseline(used, BASELINE_POLICIES);
  await addNode(base.cluster, "paper", { userNamespaces: true });
  const inForce = (resource: Resource, object: KubeObject, by?: Client): Promise<void> =>
    until(async () => (await refused(resource, object, by)) !== undefined, `a refusal of ${resource.plural}`);
  await inForce(POD, aPod(WEAK, HERE));
  for (const holder of HOLDERS) await inForce(holder.resource, holding(holder, WEAK, HERE));
  for (const holder of WRITTEN)
    await inForce(holder.resource, unlabelled(holding(holder, WEAK, { namespace: OTHER })), base.operator);
}, 180_000);

afterAll(async () => {
  await base?.stop();
});

describe("in an enrolled namespace", () => {
  test("what breaks a rule is refused, and the refusal says which and what to do instead", async () => {
    const told = new Set<string>();
    for (const { policy, broken } of [...WEAK_PODS, ...STORABLE_WEAK_PODS]) {
      // Some of them the API server takes from nobody, some it makes whole by a default.
      const stored = await dryRun(POD, aPod(broken, { namespace: OTHER })).catch(() => undefined);
      if (stored === undefined || checkPod(stored["spec"] as PodSpec).length === 0) continue;
      const fix = POD_POLICIES.find(({ id }) => id === policy)?.fix;
      expect(await refused(POD, aPod(broken, HERE))).toContain(`(rule ${policy}). ${fix}`);
      expect(await refused(DEPLOYMENT, holding(DEPLOYMENTS, broken, HERE))).toContain(`(rule ${policy}). ${fix}`);
      told.add(policy);
    }
    expect(POD_POLICIES.map(({ id }) => id).filter((id) => !told.has(id))).toEqual(["no-ephemeral-containers"]);
  });

  test(
    "what was hardened is taken, whatever it was before",
    async () => {
      const pods = fc.sample(acceptablePod, 100).map((pod) => hardenPod(pod));
      for (const pod of pods) {
        await dryRun(POD, aPod(pod, HERE));
        await dryRun(DEPLOYMENT, holding(DEPLOYMENTS, pod, HERE));
      }
    },
    PATIENCE_MS,
  );

  test("what bears no workload's label is not looked at, and neither is another namespace", async () => {
    const elsewhere = { namespace: OTHER };
    await dryRun(POD, aPod(WEAK, elsewhere));
    await dryRun(POD, unlabelled(aPod(WEAK, HERE)));
    for (const holder of HOLDERS) {
      await dryRun(holder.resource, holding(holder, WEAK, elsewhere));
      await dryRun(holder.resource, unlabelled(holding(holder, WEAK, HERE)));
    }
  });

  test("a rule that an exception lifts is not asked, and no other is left out", async () => {
    const lifting = (...ids: readonly string[]): Made => ({
      ...HERE,
      annotations: { [LIFTED_ANNOTATION]: liftedText(ids) ?? "" },
    });
    const asRoot = podWith({ securityContext: { ...OBEYING.securityContext, runAsNonRoot: false } });
    const asGroup0 = podWith({ securityContext: { ...OBEYING.securityContext, runAsGroup: 0 } });
    const lifted = lifting("non-root", "read-only-root");

    await dryRun(POD, aPod(asRoot, lifted));
    await dryRun(DEPLOYMENT, holding(DEPLOYMENTS, asRoot, lifted));
    expect(await refused(POD, aPod(asGroup0, lifted))).toContain("(rule non-root-groups)");
    expect(await refused(POD, aPod(asRoot, lifting("non-root-groups")))).toContain("(rule non-root)");
  });

  test("a pod with the token of a cloud identity is taken", async () => {
    const token = { serviceAccountToken: { audience: "sts.amazonaws.com", expirationSeconds: 86_400, path: "token" } };
    const mountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
    const env = [{ name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: `${mountPath}/token` }];
    const injected = podWith({
      volumes: [{ name: "aws-iam-token", projected: { sources: [token], defaultMode: 0o644 } }],
      containers: [containerWith({ env, volumeMounts: [{ name: "aws-iam-token", mountPath, readOnly: true }] })],
    });
    await dryRun(POD, aPod(injected, HERE));
  });

  test("a pod that holds as much as anybody writes is judged within the budget", async () => {
    const fifty = <T>(make: (index: number) => T): T[] => Array.from({ length: 50 }, (_, index) => make(index));
    const volumes = fifty((index) => ({
      name: `v-${index}`,
      projected: { sources: fifty((part) => ({ configMap: { name: `part-${part}` } })) },
    }));
    const full = (prefix: string): Container[] =>
      fifty((index) => ({
        ...containerWith({}),
        name: `${prefix}-${index}`,
        env: fifty((one) => ({ name: `NAME_${one}`, value: "x".repeat(100) })),
        ports: fifty((one) => ({ containerPort: 1_000 + one })),
        volumeMounts: fifty((one) => ({ name: `v-${one}`, mountPath: `/mnt/${one}` })),
      }));
    const pod = podWith({
      volumes,
      containers: full("c"),
      initContainers: full("i").map(({ ports: _, ...container }) => container),
      tolerations: fifty((index) => ({ key: `example.com/${index}`, operator: "Exists" })),
    });

    await dryRun(POD, aPod(pod, HERE));
    for (const holder of HOLDERS) await dryRun(holder.resource, holding(holder, pod, HERE));
    const last = podWith({ ...pod, dnsPolicy: "Default" });
    expect(await refused(POD, aPod(last, HERE))).toContain("(rule cluster-dns)");

    // Stored, it would be too big with its init containers; a change is also compared with what stood.
    const { initContainers: _, ...storable } = pod;
    await base.client.create(DEPLOYMENT, holding(DEPLOYMENTS, storable, { ...HERE, name: "full" }));
    const change = (spec: object) =>
      base.client.patch(DEPLOYMENT, { ...HERE, name: "full" }, { spec }, { type: "merge", dryRun: true });
    await change({ replicas: 0 });
    expect(await refusalBy(() => change({ template: { spec: { dnsPolicy: "Default" } } }))).toContain("cluster-dns");
  });

  test(
    "the pods that controllers make of obeying templates are taken",
    async () => {
      for (const holder of HOLDERS) {
        const { kind, plural } = holder.resource;
        const spec = holder.resource === CRON_JOB ? { schedule: "* * * * *" } : {};
        const object = holding(holder, OBEYING, { ...HERE, name: plural });
        await base.client.create(holder.resource, { ...object, spec: { ...(object["spec"] as object), ...spec } });
        const pods = async () => (await base.client.list(POD, { namespace: ENROLLED })).items;
        const isMade = ({ metadata: { name, ownerReferences } }: KubeObject): boolean =>
          name.startsWith(plural) && ownerReferences?.some(({ controller }) => controller === true) === true;
        if (holder.resource !== CRON_JOB) await until(async () => (await pods()).some(isMade), `a pod of the ${kind}`);
      }
    },
    PATIENCE_MS,
  );
});

describe("what stood before its namespace was enrolled", () => {
  const EARLIER = "earlier";
  const weak = (made: Partial<Made> = {}) => holding(DEPLOYMENTS, WEAK, { namespace: EARLIER, ...made });
  const merge = (name: string, patch: object) =>
    base.client.patch(DEPLOYMENT, { namespace: EARLIER, name }, patch, MERGE);
  const MERGE = { type: "merge", dryRun: true } as const;

  beforeAll(async () => {
    await kubectl(base.cluster, ["create", "namespace", EARLIER]);
    await base.client.create(DEPLOYMENT, weak({ name: "ours" }));
    await base.client.create(DEPLOYMENT, unlabelled(weak({ name: "theirs" })));
    await kubectl(base.cluster, ["label", "namespace", EARLIER, `${ENROLMENT_LABEL}=observing`]);
    await until(async () => (await refused(DEPLOYMENT, weak())) !== undefined, "the enrolment to be seen");
  }, PATIENCE_MS);

  test("may be scaled and taken down by whoever may, and mended", async () => {
    await merge("ours", { spec: { replicas: 0 } });
    await merge("ours", { metadata: { finalizers: ["example.com/keep"] } });
    await merge("ours", { spec: { template: { spec: { hostNetwork: null } } } });
  });

  test("may not become weak in another way", async () => {
    const change = { spec: { template: { spec: { hostPID: true } } } };
    expect(await refusalBy(() => merge("ours", change))).toContain("(rule no-host-namespaces)");
  });

  test("may not become a workload's", async () => {
    const claim = { metadata: { labels: OURS } };
    expect(await refusalBy(() => merge("theirs", claim))).toContain("(rule no-host-namespaces)");
  });
});

describe("the operator's own account", () => {
  test("makes no weak template in any namespace, with or without a label", async () => {
    for (const holder of WRITTEN) {
      for (const namespace of [ENROLLED, OTHER]) {
        const labelled = holding(holder, WEAK, { namespace });
        for (const weak of [labelled, unlabelled(labelled)])
          expect(await refused(holder.resource, weak, base.operator)).toContain("(rule no-host-namespaces)");
        await dryRun(holder.resource, holding(holder, OBEYING, { namespace }), base.operator);
      }
    }
  });
});

/** The API server takes none of ephemeral containers. */
function withoutResources({ resources: _, ...container }: Container): Container {
  return container;
}

describe("a pod that runs", () => {
  const name = "runs";
  const debug = (pod: string) =>
    base.client.patch(
      POD,
      { namespace: ENROLLED, name: pod },
      { spec: { ephemeralContainers: [withoutResources(containerWith({ name: "debug" }))] } },
      { type: "strategic", subresource: "ephemeralcontainers", dryRun: true },
    );

  async function bound(pod: KubeObject): Promise<void> {
    await base.client.create(POD, pod);
    const { name: podName } = pod.metadata;
    const binding = { apiVersion: "v1", kind: "Binding", target: { kind: "Node", name: "paper" } };
    const metadata = { name: podName, namespace: ENROLLED };
    await base.client.create(POD, { ...binding, metadata }, { subresource: "binding" });
  }

  beforeAll(async () => {
    await bound(aPod(OBEYING, { ...HERE, name }));
    const lifted = liftedText(["no-ephemeral-containers", "resource-limits"]) ?? "";
    await bound(aPod(OBEYING, { ...HERE, name: "marked", annotations: { [LIFTED_ANNOTATION]: lifted } }));
  }, PATIENCE_MS);

  test("gets no ephemeral container", async () => {
    expect(await refusalBy(() => debug(name))).toContain("(rule no-ephemeral-containers)");
  });

  test("gets none where a mark says that the rule is lifted which no exception can lift; its node is not held against it", async () => {
    const refusal = await refusalBy(() => debug("marked"));
    expect(refusal).toContain("(rule no-ephemeral-containers)");
    expect(refusal).not.toContain("(rule no-placement-by-name)");
  });
});

describe("the operator", () => {
  const AT_WORK = "at-work";
  const ELECTION = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] };
  const WORKLOADS = [
    { kind: "Deployment", spec: { scratch: [{ path: "/tmp" }], permissions: [ELECTION] } },
    { kind: "StatefulSet", spec: { type: "StatefulSet", replicas: 2 } },
    { kind: "DaemonSet", spec: { type: "DaemonSet" } },
    { kind: "Job", spec: { type: "Job" } },
    { kind: "CronJob", spec: { type: "CronJob", schedule: { cron: "0 3 * * *" } } },
  ];
  let palisade: RunningPalisade;

  beforeAll(async () => {
    await kubectl(base.cluster, ["create", "namespace", AT_WORK]);
    await kubectl(base.cluster, ["label", "namespace", AT_WORK, `${ENROLMENT_LABEL}=sealed`]);
    palisade = await runPalisade(base.cluster);
  }, PATIENCE_MS);

  afterAll(async () => {
    await palisade?.stop();
  });

  test(
    "does all of its work under the policies, and the controllers do theirs",
    async () => {
      const look = lookAt(base.cluster, AT_WORK);
      for (const { kind, spec } of WORKLOADS)
        await kubectl(base.cluster, ["apply", "-f", "-"], { input: aWorkload(kind.toLowerCase(), AT_WORK, spec) });
      for (const { kind } of WORKLOADS) {
        const name = kind.toLowerCase();
        await until(async () => (await look.get(kind, name)) !== undefined, `the ${kind}`);
        const podsOf = () => look.list("pod", "-l", `${WORKLOAD_LABEL}=${name}`);
        if (kind !== "CronJob") await until(async () => (await podsOf()).length > 0, `a pod of the ${kind}`);
      }
      const refusals = allWrites(base.cluster).filter(
        ({ objectRef, responseStatus }) => objectRef?.namespace === AT_WORK && responseStatus?.code === 403,
      );
      expect(refusals).toEqual([]);
    },
    PATIENCE_MS,
  );
});
