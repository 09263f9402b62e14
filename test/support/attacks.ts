/** The attacks of the drift list that are corrected: each done by the weakest user able to, with kubectl, as a person would. */
import type { KubeObject } from "../../src/kopf/object.ts";
import type { ClusterUser } from "../cluster/index.ts";

export interface Attack {
  /** The number in the list of drift cases. */
  readonly number: number;
  readonly title: string;
  readonly user: ClusterUser;
  /** kubectl arguments; the namespace flag is added. */
  readonly args: readonly string[];
  readonly input?: object;
  /** Kind and name, as the Event says it; `undefined` where the attack is refused outright. */
  readonly object: string;
  /** What the Event must name besides. */
  readonly says?: string;
}

/** The workload every attack is made on. */
export const VICTIM = "web";

const pod = (patch: object): object => ({ spec: { template: { spec: patch } } });
const web = (patch: object): object => pod({ containers: [{ name: VICTIM, ...patch }] });

const strategic = (number: number, title: string, body: object, says: string): Attack => ({
  number,
  title,
  user: "alice",
  args: ["patch", "deployment", VICTIM, "--type=strategic", "-p", JSON.stringify(body)],
  object: `Deployment/${VICTIM}`,
  says,
});

const patch = (
  number: number,
  title: string,
  kind: string,
  name: string,
  body: object,
  says: string,
  user: ClusterUser = "alice",
): Attack => ({
  number,
  title,
  user,
  args: ["patch", kind.toLowerCase(), name, "--type=merge", "-p", JSON.stringify(body)],
  object: `${kind}/${name}`,
  says,
});

const remove = (number: number, title: string, kind: string, name: string, user: ClusterUser = "alice"): Attack => ({
  number,
  title,
  user,
  args: ["delete", kind.toLowerCase(), name, "--wait=false"],
  object: `${kind}/${name}`,
});

const safe = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** Opens every pod of a namespace, in both directions. */
export const openPolicy = (namespace?: string): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "open", ...(namespace === undefined ? {} : { namespace }) },
  spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] },
});

export const DEPLOYMENT_ATTACKS: readonly Attack[] = [
  strategic(
    1,
    "adds a mining sidecar",
    pod({ containers: [{ name: "miner", image: "registry.example.com/miner:1", securityContext: safe }] }),
    "containers[name=miner]",
  ),
  strategic(
    2,
    "adds an init container that stays",
    pod({
      initContainers: [
        { name: "helper", image: "registry.example.com/helper:1", restartPolicy: "Always", securityContext: safe },
      ],
    }),
    "initContainers",
  ),
  strategic(4, "asks for the host's process namespace", pod({ hostUsers: null, hostPID: true }), "hostPID"),
  strategic(
    4,
    "makes the container privileged",
    web({ securityContext: { privileged: true, allowPrivilegeEscalation: null } }),
    "securityContext",
  ),
  strategic(4, "adds a capability", web({ securityContext: { capabilities: { add: ["NET_ADMIN"] } } }), "capabilities"),
  strategic(
    5,
    "mounts another application's Secret",
    pod({ volumes: [{ name: "loot", secret: { secretName: "other-app" } }] }),
    "volumes",
  ),
  strategic(
    6,
    "preloads a library through env",
    web({ env: [{ name: "LD_PRELOAD", value: "/scratch/evil.so" }] }),
    "env",
  ),
  strategic(
    6,
    "takes a whole Secret into the environment",
    web({ envFrom: [{ secretRef: { name: "other-app" } }] }),
    "envFrom",
  ),
  strategic(8, "runs another command", web({ command: ["/bin/sh", "-c", "sleep 1d"] }), "command"),
  strategic(
    8,
    "hooks the start of the container",
    web({ lifecycle: { postStart: { exec: { command: ["/bin/true"] } } } }),
    "lifecycle",
  ),
  strategic(10, "shares the process namespace", pod({ shareProcessNamespace: true }), "shareProcessNamespace"),
  strategic(11, "switches the ServiceAccount", pod({ serviceAccountName: "default" }), "serviceAccountName"),
  strategic(
    11,
    "mounts the account's token",
    pod({ automountServiceAccountToken: true }),
    "automountServiceAccountToken",
  ),
  strategic(12, "swaps the image", web({ image: "registry.example.com/shop/web:evil" }), "image"),
  strategic(12, "adds a pull secret", pod({ imagePullSecrets: [{ name: "theirs" }] }), "imagePullSecrets"),
  strategic(
    13,
    "redirects a host name",
    pod({ hostAliases: [{ ip: "203.0.113.7", hostnames: ["catalog"] }] }),
    "hostAliases",
  ),
  strategic(
    13,
    "uses a DNS server of its own",
    pod({ dnsPolicy: "None", dnsConfig: { nameservers: ["203.0.113.7"] } }),
    "dnsConfig",
  ),
  strategic(14, "pins the pod to a node", pod({ nodeName: "victim-node" }), "nodeName"),
  strategic(14, "tolerates every taint", pod({ tolerations: [{ operator: "Exists" }] }), "tolerations"),
  strategic(15, "chooses an exempt runtime class", pod({ runtimeClassName: "exempt" }), "runtimeClassName"),
  strategic(16, "turns the user namespace the other way", pod({ hostUsers: true }), "hostUsers"),
  strategic(17, "raises the limits", web({ resources: { limits: { cpu: "64", memory: "64Gi" } } }), "resources"),
  strategic(
    18,
    "turns AppArmor off by annotation",
    {
      spec: {
        template: {
          metadata: {
            annotations: {
              "container.apparmor.security.beta.kubernetes.io/web": "unconfined",
              "k8s.v1.cni.cncf.io/networks": "second-nic",
            },
          },
        },
      },
    },
    "annotations",
  ),
  strategic(
    19,
    "pauses the rollout over a weak template",
    {
      spec: {
        paused: true,
        template: { spec: { containers: [{ name: "miner", image: "registry.example.com/miner:1" }] } },
      },
    },
    "paused",
  ),
  {
    number: 27,
    title: "scales by the subresource",
    user: "alice",
    args: ["scale", "deployment", VICTIM, "--replicas=7"],
    object: `Deployment/${VICTIM}`,
    says: "replicas",
  },
  remove(31, "deletes the Deployment", "Deployment", VICTIM),
  patch(
    32,
    "takes the owner reference away",
    "Deployment",
    VICTIM,
    { metadata: { ownerReferences: null } },
    "ownerReferences",
  ),
  patch(
    33,
    "takes the tracking label away",
    "Deployment",
    VICTIM,
    { metadata: { labels: { "palisade.dev/workload": null } } },
    "labels",
  ),
  patch(
    34,
    "wipes managedFields and weakens",
    "Deployment",
    VICTIM,
    { metadata: { managedFields: [{}] }, spec: { template: { spec: { shareProcessNamespace: true } } } },
    "shareProcessNamespace",
  ),
  {
    number: 34,
    title: "applies under the operator's own field manager",
    user: "alice",
    args: [
      "patch",
      "deployment",
      VICTIM,
      "--type=strategic",
      "--field-manager=palisade",
      "-p",
      JSON.stringify(pod({ hostAliases: [{ ip: "203.0.113.7", hostnames: ["x"] }] })),
    ],
    object: `Deployment/${VICTIM}`,
    says: "hostAliases",
  },
];

export const OTHER_ATTACKS: readonly Attack[] = [
  remove(31, "deletes the workload's NetworkPolicy", "NetworkPolicy", VICTIM),
  remove(31, "deletes the default deny", "NetworkPolicy", "palisade-default-deny"),
  remove(31, "deletes the Service", "Service", VICTIM),
  remove(31, "deletes the ServiceAccount", "ServiceAccount", VICTIM),
  remove(31, "deletes the PodDisruptionBudget", "PodDisruptionBudget", VICTIM, "admin"),
  patch(
    32,
    "gives the NetworkPolicy an owner that does not exist",
    "NetworkPolicy",
    VICTIM,
    {
      metadata: {
        ownerReferences: [
          { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" },
        ],
      },
    },
    "",
  ),
  {
    number: 40,
    title: "adds an allow-all NetworkPolicy",
    user: "alice",
    args: ["create", "-f", "-"],
    input: openPolicy(),
    object: "NetworkPolicy/open",
  },
  patch(41, "opens the workload's NetworkPolicy", "NetworkPolicy", VICTIM, { spec: { ingress: [{}] } }, "spec.ingress"),
  patch(
    41,
    "narrows the default deny to other pods",
    "NetworkPolicy",
    "palisade-default-deny",
    { spec: { podSelector: { matchLabels: { nobody: "here" } } } },
    "podSelector",
  ),
  patch(
    47,
    "moves the Service to other pods",
    "Service",
    VICTIM,
    { spec: { selector: { "palisade.dev/workload": "evil" } } },
    "selector",
  ),
  {
    number: 56,
    title: "binds a strong role to the account",
    user: "platform",
    args: ["create", "rolebinding", "strong", "--clusterrole=admin", `--serviceaccount=NAMESPACE:${VICTIM}`],
    object: "RoleBinding/strong",
  },
  patch(
    59,
    "widens the workload's Role",
    "Role",
    `palisade:${VICTIM}`,
    { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
    "rules",
    "platform",
  ),
  patch(
    64,
    "turns token mounting on",
    "ServiceAccount",
    VICTIM,
    { automountServiceAccountToken: true },
    "automountServiceAccountToken",
  ),
  patch(
    64,
    "adds a pull secret to the account",
    "ServiceAccount",
    VICTIM,
    { imagePullSecrets: [{ name: "theirs" }] },
    "imagePullSecrets",
  ),
];
