/** A handful of the list of drift against what really runs: each is refused in words that say what to do instead, and nothing of it is left. */
import type { TestCluster } from "../cluster/index.ts";
import { runApplication } from "./support/application.ts";
import { IMAGES, kubectl, sharedCluster, uniqueNamespace } from "./support/e2e.ts";
import { podsIn } from "./support/life.ts";

const namespace = uniqueNamespace("attacks");

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "miner" },
  spec: { containers: [{ name: "miner", image: IMAGES.busybox, securityContext: { privileged: true } }] },
};

const OPEN = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "open" },
  spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] },
};

interface Attempt {
  readonly user: "alice" | "platform";
  readonly args: readonly string[];
  readonly input?: object;
  readonly refusal: RegExp;
}

const CREATE = ["create", "-f", "-"];

const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  "another image": {
    user: "platform",
    args: ["set", "image", "deployment/web", `*=${IMAGES.busybox}`],
    refusal: /is managed by SecureWorkload/,
  },
  "more replicas": {
    user: "platform",
    args: ["scale", "deployment", "web", "--replicas=7"],
    refusal: /are set by SecureWorkload web/,
  },
  "a shell": { user: "alice", args: ["exec", "deployment/web", "--", "id"], refusal: /exec/ },
  "a privileged pod": { user: "platform", args: CREATE, input: POD, refusal: /violates PodSecurity/ },
  // Two policies refuse it, and the API server names whichever it came to first.
  "a second NetworkPolicy": {
    user: "platform",
    args: CREATE,
    input: OPEN,
    refusal: /'palisade-(sealed|network-policies)'/,
  },
  "the workload's policy taken away": {
    user: "platform",
    args: ["delete", "networkpolicy", "web"],
    refusal: /is managed by SecureWorkload/,
  },
  "a strong role for the workload's account": {
    user: "platform",
    args: ["create", "rolebinding", "strong", "--clusterrole=admin", `--serviceaccount=${namespace}:web`],
    refusal: /spec\.permissions/,
  },
};

describe("against a workload that runs", () => {
  let cluster: TestCluster;
  let pods: readonly string[];
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, { web: { image: IMAGES.agnhost, args: ["pause"], ports: [] } });
    pods = await podsIn(cluster, namespace);
  }, 120_000);

  const tried = (user: Attempt["user"], args: readonly string[], input?: object) =>
    cluster.kubectl(["-n", namespace, ...args], {
      user,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });

  test.each(Object.entries(ATTEMPTS))("%s is refused", async (_name, { user, args, input, refusal }) => {
    const { code, stderr } = await tried(user, args, input);

    expect(stderr).toMatch(refusal);
    expect(code).not.toBe(0);
  });

  test("nothing of them is left, and the pod is the same", async () => {
    const made = [
      "get",
      "networkpolicy/open",
      "rolebinding/strong",
      "pod/miner",
      "-n",
      namespace,
      "--ignore-not-found",
    ];
    expect(await kubectl(cluster, [...made, "-o", "name"])).toBe("");
    expect(await podsIn(cluster, namespace)).toEqual(pods);
  });
});
