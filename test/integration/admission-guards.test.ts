/**
 * Who may write what: each attack of the drift list, done with kubectl by the weakest user able to, is refused with a message that
 * says what to do instead, and what people and controllers do every day still works. No operator runs here: its children are made by hand.
 */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { GUARDS } from "../../src/reconcilers/admission/policies.ts";
import { addNode, until } from "../cluster/index.ts";
import { runKubectl } from "../cluster/kubectl.ts";
import { asAccount } from "../support/as-account.ts";
import { attempts, CREATE, patch } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { compareTwins } from "../support/compare-twins.ts";
import { enforce, refusalOfAttempt, typeWarnings } from "../support/enforce.ts";
import { COPY, childrenOfWeb, guardedNamespace } from "../support/guarded.ts";
import { field, lookAt } from "../support/look.ts";
import { aCronJob, aDeployment, aPod, aTemplate } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHOP = "shop";
const CLOSED = "closed";
const SEALED = "sealed";
const GOING = "going";
const GATED = "gated";

const { cluster, client } = useCluster();
const look = lookAt(cluster, SHOP);

beforeAll(async () => {
  await kubectl(cluster, ["create", "serviceaccount", "palisade", "-n", "palisade-system"]).catch(() => {});
  await guardedNamespace(cluster, SHOP, "observing");
  await guardedNamespace(cluster, CLOSED, "guarding");
  await guardedNamespace(cluster, SEALED, "sealed");
  await guardedNamespace(cluster, GOING, "sealed");
  const own = ["create", "deployment", "own", "--image=registry.example.com/own:1"];
  for (const namespace of [SHOP, CLOSED]) await kubectl(cluster, [...own, "-n", namespace], { user: "alice" });
  await kubectl(cluster, ["create", "service", "clusterip", "old", "--tcp=80", "-n", SEALED], { user: "alice" });
  for (const secret of ["web-tls", "mine"])
    await kubectl(cluster, ["create", "secret", "generic", secret, "-n", SHOP], { user: "alice" });
  for (const namespace of [SHOP, CLOSED, GOING])
    await until(
      async () => (await lookAt(cluster, namespace).list("pod", "-l", "palisade.dev/workload=web")).length === 2,
      `the pods of ${namespace}`,
    );
  await kubectl(cluster, ["apply", "-f", "-"], { input: gatedPod });
  const claims = ["data-web", "data-db-0", "data-db-1", "shared"].map((name) => aClaim(name));
  await kubectl(cluster, ["apply", "-n", SHOP, "-f", "-"], {
    input: { apiVersion: "v1", kind: "List", items: claims },
  });
  await enforce(cluster, GUARDS);
}, 120_000);

/** A pod of a workload that waits for a load balancer. */
const gatedPod = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: GATED, labels: { "palisade.dev/enrolment": "observing" } },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: GATED, labels: { "palisade.dev/workload": "web" } },
      spec: {
        containers: [{ name: "web", image: "registry.example.com/web:1" }],
        readinessGates: [{ conditionType: "target-health.elbv2.k8s.aws/web" }],
      },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "queued",
        namespace: GATED,
        labels: { "palisade.dev/workload": "web" },
        finalizers: ["kueue.x-k8s.io/managed"],
      },
      spec: {
        containers: [{ name: "web", image: "registry.example.com/web:1" }],
        schedulingGates: [{ name: "kueue.x-k8s.io/admission" }, { name: "example.com/scan" }],
      },
    },
  ],
};

const reports = (type: string) =>
  patch("pod web", { status: { conditions: [{ type, status: "True" }] } }, "strategic", "--subresource=status");

/** As Kueue does when it admits the pod: one gate of two goes. */
const ungated = (spec: object, labels: object = {}) =>
  patch(
    "pod queued",
    { metadata: { labels }, spec: { ...spec, schedulingGates: [{ name: "example.com/scan" }] } },
    "merge",
  );
const plugged = (key: string): object => ({ metadata: { annotations: { [key]: "x" } } });

const { refuses, allows } = attempts(() => cluster, SHOP);

const labelled = { "palisade.dev/workload": "web" };
const container = { name: "c", image: "registry.example.com/c:1" };
const anOwner = async (): Promise<object> => {
  const owner = await look.get("secureworkload", "web");
  return { apiVersion: owner?.apiVersion, kind: owner?.kind, name: "web", uid: owner?.metadata.uid };
};

const ownSelector = async (): Promise<object> => ({
  selector: field(await look.get("deployment", "web"), "spec.selector"),
});

test("no expression is doubted by the API server", async () => {
  expect(await typeWarnings(cluster)).toEqual([]);
});

const aClaim = (name: string, more: object = {}, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, ...metadata },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
});
const copyOf = (name: string): object => ({ dataSource: { kind: "PersistentVolumeClaim", name } });
const mounting = (claimName: string): object => ({ volumes: [{ name: "v", persistentVolumeClaim: { claimName } }] });
/** Makes pods that have claims of its own, called by the template, itself and a number. */
const aStatefulSet = (name: string, template: string): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: aTemplate({ app: name }),
      volumeClaimTemplates: [aClaim(template)],
    },
  }) as unknown as KubeObject;
const ephemeral = (spec: object, name = "v"): object => ({
  volumes: [{ name, ephemeral: { volumeClaimTemplate: { spec: field(aClaim("x", spec) as KubeObject, "spec") } } }],
});

const dry = [...CREATE, "--dry-run=server"];

describe("palisade-claims refuses", () => {
  refuses("palisade-claims", [
    { title: "a deleted claim, case 120", args: ["delete", "pvc", "data-web"] },
    { title: "a deleted claim of a pod, case 120", args: ["delete", "pvc", "data-db-0"] },
    { title: "a deleted claim that a workload names, case 120", args: ["delete", "pvc", "shared"] },
    { title: "all claims deleted at once, case 120", args: ["delete", "pvc", "--all"] },
    {
      title: "an owner that is not there, case 121",
      args: patch("pvc data-web", {
        metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "none" }] },
      }),
    },
    { title: "no protection, case 121", args: patch("pvc data-web", { metadata: { finalizers: null } }) },
    { title: "a volume of one's own, case 121", args: patch("pvc data-web", { spec: { volumeName: "mine" } }) },
    { title: "a claim prepared for the next pod, case 121", args: CREATE, input: aClaim("data-db-3") },
    { title: "a copy, case 122", args: CREATE, input: aClaim("copy", copyOf("data-db-0")) },
    {
      title: "a claim with a label of ours, case 121",
      args: CREATE,
      input: aClaim("data-next", {}, { labels: { "palisade.dev/workload": "next" } }),
    },
  ]);
});

describe("palisade-claims lets through", () => {
  allows([
    { title: "a claim of others", args: CREATE, input: aClaim("own") },
    { title: "a copy of it", args: CREATE, input: aClaim("own-copy", copyOf("own")) },
    { title: "a label of a tool", args: ["label", "pvc", "data-web", "app=web"] },
    {
      title: "a storage driver that copies it",
      args: patch(
        "pvc data-web",
        [
          {
            op: "add",
            path: "/metadata/finalizers/-",
            value: "snapshot.storage.kubernetes.io/pvc-as-source-protection",
          },
        ],
        "json",
      ),
    },
    { title: "the end of others' claims", args: ["delete", "pvc", "own", "own-copy", "--wait=false"] },
    { title: "the platform team", user: "admin", args: ["delete", "pvc", "data-db-1", "--wait=false"] },
  ]);
});

describe("palisade-mounts refuses", () => {
  refuses("palisade-mounts", [
    { title: "a pod that mounts one, case 122", args: CREATE, input: aPod({}, mounting("data-db-0")) },
    {
      title: "a Deployment that mounts one, case 122",
      args: CREATE,
      input: aDeployment({ name: "spy" }, { app: "spy" }, mounting("data-web")),
    },
    {
      title: "a pod that mounts one a workload names, case 122",
      namespace: CLOSED,
      args: CREATE,
      input: aPod({}, mounting("shared")),
    },
    {
      title: "a StatefulSet whose pods have them by their names, case 122",
      args: CREATE,
      input: aStatefulSet("db", "data"),
    },
    {
      title: "a pod that makes the claim of the next one, case 121",
      args: CREATE,
      input: aPod({ name: "data-db" }, ephemeral({}, "3")),
    },
    { title: "a pod that has a copy made, case 122", args: CREATE, input: aPod({}, ephemeral(copyOf("data-db-0"))) },
    {
      title: "a SecureWorkload that names one, case 123",
      args: CREATE,
      input: aWorkload("thief", SHOP, { claims: [{ name: "loot", path: "/var/loot", existing: "data-db-0" }] }),
    },
    {
      title: "a SecureWorkload that names what another did, case 123",
      args: CREATE,
      input: aWorkload("thief", SHOP, { claims: [{ name: "loot", path: "/var/loot", existing: "shared" }] }),
    },
  ]);
});

describe("palisade-mounts lets through", () => {
  const names = (existing: string): object => ({ claims: [{ name: "data", path: "/var/data", existing }] });
  allows([
    {
      title: "what ran before, while it is observed",
      args: CREATE,
      input: aPod({ name: "before" }, mounting("shared")),
    },
    { title: "a StatefulSet with claims of its own", args: dry, input: aStatefulSet("db", "logs") },
    { title: "a pod with volumes of its own", args: dry, input: aPod({ name: "data-db" }, ephemeral({}, "logs")) },
    {
      title: "a workload that it is shared with",
      args: [...CREATE, "--dry-run=server"],
      input: aWorkload("api", SHOP, names("data-db-0")),
    },
    {
      title: "a claim that is nobody's",
      args: [...CREATE, "--dry-run=server"],
      input: aWorkload("new", SHOP, names("new")),
    },
  ]);
});

describe("palisade-owned-objects refuses", () => {
  refuses("palisade-owned-objects", [
    {
      title: "a second container, case 1",
      args: patch("deployment web", { spec: { template: { spec: { containers: [container] } } } }, "strategic"),
    },
    {
      title: "a second container by server-side apply, case 1",
      args: ["apply", "--server-side", "-f", "-"],
      input: async () => ({
        ...aDeployment({ name: "web" }, labelled),
        spec: { ...(await ownSelector()), template: aTemplate(labelled) },
      }),
    },
    {
      title: "an annotation of the template, case 18",
      args: patch("deployment web", {
        spec: { template: { metadata: { annotations: { "sidecar.istio.io/inject": "false" } } } },
      }),
    },
    {
      title: "a restart with something beside it",
      args: patch("deployment web", {
        spec: {
          paused: true,
          template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } },
        },
      }),
    },
    { title: "a pause, case 19", args: ["rollout", "pause", "deployment", "web"] },
    {
      title: "a ReplicaSet scaled, case 20",
      args: ["scale", "replicaset", "{replicaset}", "--replicas=0"],
      says: "run kubectl scale secureworkload/web --replicas=N",
    },
    { title: "a ReplicaSet edited, case 20", args: patch("replicaset {replicaset}", { spec: { replicas: 9 } }) },
    {
      title: "scaling, case 27",
      args: ["scale", "deployment", "web", "--replicas=0"],
      says: "run kubectl scale secureworkload/web --replicas=N",
    },
    {
      title: "a deleted NetworkPolicy, case 31",
      args: ["delete", "networkpolicy", "web"],
      says: "NetworkPolicy/web is managed by SecureWorkload web",
    },
    { title: "a deleted default deny, case 31", args: ["delete", "networkpolicy", "palisade-default-deny"] },
    {
      title: "an opened default deny, case 41",
      args: patch("networkpolicy palisade-default-deny", { spec: { ingress: [{}] } }),
    },
    { title: "an opened NetworkPolicy, case 41", args: patch("networkpolicy web", { spec: { ingress: [{}] } }) },
    {
      title: "all of a kind deleted at once, case 31",
      args: ["delete", "deployment", "-l", "palisade.dev/workload=web"],
    },
    { title: "no owner, case 32", args: patch("networkpolicy web", { metadata: { ownerReferences: null } }) },
    { title: "no label, case 33", args: ["label", "deployment", "web", "palisade.dev/workload-"] },
    {
      title: "the operator's field manager, case 34",
      args: ["annotate", "deployment", "web", "kubernetes.io/change-cause=me", "--field-manager=palisade"],
      says: "a name of your own",
    },
    { title: "a finalizer, case 35", args: patch("service web", { metadata: { finalizers: ["example.com/hold"] } }) },
    { title: "a deleted budget, case 29", args: ["delete", "poddisruptionbudget", "web"] },
    { title: "another target of the autoscaler, case 28", args: patch("hpa web", { spec: { maxReplicas: 100 } }) },
    {
      title: "another selector of the Service, case 47",
      args: patch("service web", { spec: { selector: { app: "spy" } } }),
    },
    {
      title: "a wider Role, case 59",
      user: "bob",
      args: patch("role palisade:web", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }] }),
    },
    {
      title: "an identity on the account, case 63",
      args: ["annotate", "serviceaccount", "web", "eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/x"],
    },
    {
      title: "a token mounted again, case 64",
      args: patch("serviceaccount web", { automountServiceAccountToken: true }),
    },
    { title: "a deleted account, case 64", args: ["delete", "serviceaccount", "web"] },
    { title: "a deleted copy of a ConfigMap, case 7", args: ["delete", "configmap", COPY] },
    {
      title: "a label of ours on a Deployment of others",
      args: ["label", "deployment", "own", "palisade.dev/workload=web"],
    },
    {
      title: "a Deployment that bears our label",
      args: CREATE,
      input: aDeployment({ labels: labelled }, { app: "spy" }),
    },
    { title: "a Deployment whose pods would bear it, case 24", args: CREATE, input: aDeployment({}, labelled) },
    {
      title: "a CronJob whose pods would bear it, case 24",
      args: CREATE,
      input: aCronJob(labelled),
    },
    {
      title: "a ConfigMap that claims our workload as its owner",
      args: CREATE,
      input: async () => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "spy", ownerReferences: [await anOwner()] },
      }),
    },
  ]);
  refuses("palisade-owned-objects", [
    {
      title: "a forged status",
      user: "platform",
      args: patch("deployment web", { status: { observedGeneration: 99 } }, "merge", "--subresource=status"),
    },
    {
      title: "a load balancer's finalizer by who may write in this namespace alone",
      args: patch("service web", { metadata: { finalizers: ["service.k8s.aws/resources"] } }),
    },
    {
      title: "the default deny of a sealed namespace gone",
      args: ["delete", "networkpolicy", "palisade-default-deny"],
      namespace: SEALED,
    },
    {
      title: "the same by the platform team",
      user: "platform",
      args: ["delete", "networkpolicy", "palisade-default-deny"],
      namespace: SEALED,
    },
  ]);
});

describe("palisade-owned-objects lets through", () => {
  allows([
    { title: "kubectl rollout restart", args: ["rollout", "restart", "deployment", "web"] },
    { title: "the label of Argo CD", args: ["label", "deployment", "web", "argocd.argoproj.io/instance=shop"] },
    {
      title: "the annotation of Argo CD",
      args: ["annotate", "service", "web", "argocd.argoproj.io/tracking-id=shop:v1/Service:shop/web"],
    },
    {
      title: "the labels of Flux",
      args: [
        "label",
        "networkpolicy",
        "web",
        "kustomize.toolkit.fluxcd.io/name=shop",
        "kustomize.toolkit.fluxcd.io/namespace=flux",
      ],
    },
    {
      title: "the finalizer by which the Amazon VPC CNI holds a policy",
      user: "platform",
      args: patch("networkpolicy web", { metadata: { finalizers: ["networking.k8s.aws/resources"] } }),
    },
    {
      title: "the finalizer by which a load balancer holds a Service",
      user: "platform",
      args: patch("service web", { metadata: { finalizers: ["service.k8s.aws/resources"] } }),
    },
    {
      title: "its controller, which lets go of it",
      args: patch("service web", { metadata: { finalizers: null } }),
    },
    { title: "the label of Helm", args: ["label", "serviceaccount", "web", "app.kubernetes.io/instance=shop"] },
    {
      title: "an update that changes nothing",
      args: ["label", "deployment", "web", "palisade.dev/workload=web", "--overwrite"],
    },
    { title: "the scale of the SecureWorkload", args: ["scale", "secureworkload", "web", "--replicas=3"] },
    { title: "a ConfigMap without any metadata but its name", args: ["create", "configmap", "plain"] },
    { title: "a Deployment of others, given away", args: ["label", "deployment", "own", "palisade.dev/adopt=own"] },
    { title: "its scale", args: ["scale", "deployment", "own", "--replicas=2"] },
    { title: "its restart", args: ["rollout", "restart", "deployment", "own"] },
    { title: "its end", args: ["delete", "deployment", "own"] },
  ]);

  const as = async (namespace: string, account: string, args: readonly string[], input: object): Promise<string> => {
    const path = await cluster.serviceAccountKubeconfig(namespace, account);
    const { code, stderr } = await runKubectl(cluster.description?.kubectl ?? "", path, args, JSON.stringify(input));
    return code === 0 ? "" : stderr;
  };

  test("an autoscaler's own controller, which scales the Deployment", async () => {
    const path = `/apis/apps/v1/namespaces/${SHOP}/deployments/web/scale`;
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web", namespace: SHOP } };
    const body = { ...scale, spec: { replicas: 3 } };
    expect(await as("kube-system", "horizontal-pod-autoscaler", ["replace", "--raw", path, "-f", "-"], body)).toBe("");
    expect(field(await look.get("deployment", "web"), "spec.replicas")).toBe(3);
    await until(async () => {
      const generation = field(await look.get("deployment", "web"), "metadata.generation");
      return field(await look.get("deployment", "web"), "status.observedGeneration") === generation;
    }, "the Deployment's own controller to follow");
  });

  test("the rollout of what the operator writes", async () => {
    const children = await childrenOfWeb(cluster, SHOP);
    const deployment = children.find(({ kind }) => kind === "Deployment") as KubeObject;
    const spec = { ...(deployment["spec"] as object), minReadySeconds: 1 };
    const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    expect(await as("palisade-system", "palisade", args, { ...deployment, spec })).toBe("");
  });

  test("the garbage collector, after the SecureWorkload is deleted, and the end of the namespace", async () => {
    const going = lookAt(cluster, GOING);
    await kubectl(cluster, ["delete", "secureworkload", "web", "-n", GOING], { user: "alice" });
    await until(async () => (await going.get("deployment", "web")) === undefined, "the Deployment to go");
    await until(async () => (await going.list("pod")).length === 0, "the pods to go");
    await kubectl(cluster, ["delete", "namespace", GOING, "--timeout=60s"], { user: "platform" });
  }, 90_000);
});

const CALICO = [...asAccount("calico-system", "calico-node"), "--as-group=system:masters"];
const KEDA = [...asAccount("keda", "keda-operator"), "--as-group=system:masters"];
const itsAutoscaler = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "palisade-web", labels: labelled },
  spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
};

describe("KEDA", () => {
  allows([
    {
      title: "makes the autoscaler of a ScaledObject of ours",
      user: "admin",
      args: [...CREATE, ...KEDA],
      input: itsAutoscaler,
    },
    {
      title: "does so in a sealed namespace",
      user: "admin",
      namespace: SEALED,
      args: [...CREATE, ...KEDA],
      input: itsAutoscaler,
    },
    { title: "scales", user: "admin", args: ["scale", "deployment", "web", "--replicas=2", ...KEDA] },
  ]);
  refuses("palisade-owned-objects", [
    {
      title: "writes no Deployment",
      user: "admin",
      args: [...patch("deployment web", { spec: { paused: true } }), ...KEDA],
    },
  ]);
});

describe("palisade-pods refuses", () => {
  refuses("palisade-pods", [
    { title: "a pod that bears our label, case 24", args: CREATE, input: aPod({ labels: labelled }) },
    { title: "a taken label, case 22", args: ["label", "pod", "{pod}", "palisade.dev/workload-"] },
    { title: "an added label, case 23", args: ["label", "pod", "{pod}", "tier=open"] },
    {
      title: "another image, case 21",
      args: patch(
        "pod {pod}",
        { spec: { containers: [{ name: "web", image: "registry.example.com/x:1" }] } },
        "strategic",
      ),
    },
    {
      title: "an added toleration, case 14",
      args: patch("pod {pod}", [{ op: "add", path: "/spec/tolerations/-", value: { operator: "Exists" } }], "json"),
    },
    { title: "a finalizer, case 35", args: patch("pod {pod}", { metadata: { finalizers: ["example.com/hold"] } }) },
    { title: "no owner, case 32", args: patch("pod {pod}", { metadata: { ownerReferences: null } }) },
    { title: "an annotation of ours", args: ["annotate", "pod", "{pod}", "palisade.dev/lifted=,x,"] },
    {
      title: "an annotation that steers an autoscaler, case 124",
      args: ["annotate", "pod", "{pod}", "cluster-autoscaler.kubernetes.io/safe-to-evict=false"],
    },
    {
      title: "another plugin's annotation by a plugin, case 124",
      user: "admin",
      args: [
        ...patch("pod {pod}", plugged("k8s.v1.cni.cncf.io/network-status"), "merge", "--subresource=status"),
        ...CALICO,
      ],
      says: "status",
    },
    {
      title: "a resize, case 17",
      user: "platform",
      args: patch(
        "pod {pod}",
        { spec: { containers: [{ name: "web", resources: { limits: { cpu: "9" } } }] } },
        "strategic",
        "--subresource=resize",
      ),
    },
    {
      title: "an ephemeral container, case 3",
      user: "platform",
      args: ["debug", "{pod}", "--image=registry.example.com/d:1"],
      says: "ephemeral container",
    },
    {
      title: "a status, case 22",
      user: "platform",
      args: patch(
        "pod {pod}",
        { metadata: { labels: { "palisade.dev/workload": null } } },
        "merge",
        "--subresource=status",
      ),
      says: "their node",
    },
    {
      title: "a condition that the pod does not wait for",
      namespace: GATED,
      user: "platform",
      args: reports("Ready"),
      says: "their node",
    },
    {
      title: "a finalizer that would keep the pod, case 35",
      namespace: GATED,
      user: "platform",
      args: patch("pod queued", { metadata: { finalizers: ["kueue.x-k8s.io/managed", "example.com/forever"] } }),
    },
    {
      title: "a scheduling gate that goes with a choice of nodes",
      namespace: GATED,
      user: "platform",
      args: ungated({ nodeSelector: { pool: "gpu" } }),
    },
    {
      title: "a scheduling gate that goes with a label of others",
      namespace: GATED,
      user: "platform",
      args: ungated({}, { app: "shop" }),
    },
    {
      title: "a pod that seems ready",
      user: "platform",
      args: patch("pod {pod}", { status: { phase: "Running" } }, "merge", "--subresource=status"),
      says: "their node",
    },
    {
      title: "a binding, case 30",
      user: "platform",
      args: ["create", "--raw", `/api/v1/namespaces/${SHOP}/bindings`, "-f", "-"],
      input: {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "web-7d9f8c6b5d-x2v4b" },
        target: { kind: "Node", name: "n" },
      },
      says: "scheduler",
    },
  ]);
});

describe("palisade-accounts refuses", () => {
  refuses("palisade-accounts", [
    {
      title: "a debugging copy of a pod, case 25",
      args: ["debug", "pod/{pod}", "--copy-to=copy", "--image=registry.example.com/d:1", "--container=d"],
    },
  ]);
});

describe("palisade-pods lets through", () => {
  allows([
    { title: "a deleted pod", args: ["delete", "pod", "{pod}", "--wait=false"] },
    {
      title: "an annotation by way of the status, as network plugins write it",
      user: "admin",
      args: [...patch("pod {pod}", plugged("cni.projectcalico.org/podIP"), "merge", "--subresource=status"), ...CALICO],
    },
    {
      title: "an annotation that the platform team tolerates",
      namespace: CLOSED,
      args: ["annotate", "pod", "{pod}", "backup.example.com/volumes=data"],
    },
    {
      title: "the condition of a readiness gate",
      namespace: GATED,
      user: "platform",
      args: reports("target-health.elbv2.k8s.aws/web"),
    },
    {
      title: "the end of a scheduling gate, and what its controller notes of it",
      namespace: GATED,
      user: "platform",
      args: ungated({}, { "kueue.x-k8s.io/podset": "main" }),
    },
    {
      title: "the end of a finalizer that others put on a pod",
      namespace: GATED,
      user: "platform",
      args: patch("pod queued", { metadata: { finalizers: null } }),
    },
    { title: "a pod of others", args: CREATE, input: aPod({}) },
    { title: "its label", args: ["label", "pod", "spy", "app=spy"] },
    { title: "its end", args: ["delete", "pod", "spy", "--wait=false"] },
  ]);
});

test("a pod of a workload can be evicted, as drains do", async () => {
  const [pod] = await look.list("pod", "-l", "palisade.dev/workload=web");
  const name = pod?.metadata.name ?? "";
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: SHOP } };
  const path = `/api/v1/namespaces/${SHOP}/pods/${name}/eviction`;
  const args = ["create", "--raw", path, "-f", "-"];
  expect(await refusalOfAttempt(cluster, { user: "platform", args, input: eviction })).toBeUndefined();
});

test.each(["web-batch-0", "web-0", "web-db-x2v4b", "web-7d9f8c6b5d", "webs-7d9f8c6b5d-x2v4b"])(
  "a pod whose name only begins as a workload's is bound by whatever scheduler it names: %s",
  async (name) => {
    const target = { apiVersion: "v1", kind: "Node", name: "n" };
    const input = { apiVersion: "v1", kind: "Binding", metadata: { name }, target };
    const args = ["create", "--raw", `/api/v1/namespaces/${SHOP}/bindings`, "-f", "-"];
    // There is no such pod: the API server says so where no policy speaks first.
    expect(await refusalOfAttempt(cluster, { user: "platform", args, input })).toContain(`pods "${name}" not found`);
  },
);

test("a pod of a workload's own is bound by nobody else, by way of the pod either", async () => {
  const [pod] = await look.list("pod", "-l", "palisade.dev/workload=web");
  const name = pod?.metadata.name ?? "";
  const input = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { apiVersion: "v1", kind: "Node", name: "n" },
  };
  const args = ["create", "--raw", `/api/v1/namespaces/${SHOP}/pods/${name}/binding`, "-f", "-"];
  expect(await refusalOfAttempt(cluster, { user: "platform", args, input })).toContain("palisade-pods");
});

test("what a policy refuses is what a detector finds, in each state of enrolment, but for what is on the list", async () => {
  const { disputes, needless } = await compareTwins(client, { Observing: SHOP, Guarding: CLOSED, Sealed: SEALED });
  expect({ disputes, needless }).toEqual({ disputes: [], needless: [] });
}, 120_000);

// Last of all: nobody ends the pods of a node that exists on paper only.
test("the scheduler binds the pods of a workload", async () => {
  await addNode(cluster, "paper", { userNamespaces: true });
  const capacity = { cpu: "64", memory: "256Gi", pods: "110", "ephemeral-storage": "1Ti" };
  const status = { status: { capacity, allocatable: capacity } };
  await kubectl(cluster, patch("node paper", status, "merge", "--subresource=status"));
  await kubectl(cluster, patch("node paper", { spec: { taints: null } }));
  await until(async () => {
    const pods = await lookAt(cluster, CLOSED).list("pod", "-l", "palisade.dev/workload=web");
    return pods.length > 0 && pods.every((pod) => field(pod, "spec.nodeName") === "paper");
  }, "the pods to be bound");
});
