/** A workload that calls the Kubernetes API: what it declared works, everything else is refused, and others have no token. */
import type { TestCluster } from "../cluster/index.ts";
import { configMap, PATIENTLY, runApplication } from "./support/application.ts";
import { connect, exec, IMAGES, podOf, sharedCluster, uniqueNamespace } from "./support/e2e.ts";
import { describeHardening } from "./support/hardening.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const SERVER = "https://kubernetes.default.svc";

const caller = {
  image: IMAGES.agnhost,
  args: ["pause"],
  ports: [],
};

const WORKLOADS = {
  reader: {
    ...caller,
    permissions: [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["mine"] },
    ],
  },
  // The way to the API is open to it, and it is nobody there.
  visitor: { ...caller, access: { outbound: [{ kubernetesAPI: true }] } },
  plain: caller,
};

/** Prints the answer's status alone. */
const ASK = [
  `set -- -s -o /dev/null -w "%{http_code}" ${PATIENTLY.join(" ")} --cacert ${FOLDER}/ca.crt -X "$1" "$2" -H "Content-Type: application/json"`,
  `exec curl "$@" -H "Authorization: Bearer $(cat ${FOLDER}/token)" -d "$0"`,
].join("\n");

describe("a workload that calls the Kubernetes API", () => {
  const namespace = uniqueNamespace("api");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    const references = [configMap("mine", { key: "value" }), configMap("other", { key: "value" })];
    await runApplication(cluster, namespace, WORKLOADS, references);
  }, 120_000);

  const ask = async (verb: string, path: string): Promise<string> => {
    const pod = await podOf(cluster, namespace, "reader");
    return exec(cluster, namespace, pod, "sh", "-c", ASK, BODIES[verb] ?? "", verb, `${SERVER}${path}`);
  };

  /** What is sent along, by verb. */
  const BODIES: Readonly<Record<string, string>> = {
    POST: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } }),
  };

  const inNamespace = (path: string): string => `/api/v1/namespaces/${namespace}/${path}`;

  test.each([
    { what: "may list pods, as it declared", verb: "GET", path: () => inNamespace("pods"), status: "200" },
    { what: "may read the ConfigMap it named", verb: "GET", path: () => inNamespace("configmaps/mine"), status: "200" },
    { what: "may read no other", verb: "GET", path: () => inNamespace("configmaps/other"), status: "403" },
    { what: "may not list them", verb: "GET", path: () => inNamespace("configmaps"), status: "403" },
    { what: "may make none", verb: "POST", path: () => inNamespace("configmaps"), status: "403" },
    { what: "may not delete pods", verb: "DELETE", path: () => inNamespace("pods/none"), status: "403" },
    { what: "may read no Secrets", verb: "GET", path: () => inNamespace("secrets"), status: "403" },
    {
      what: "may ask for no token",
      verb: "POST",
      path: () => inNamespace("serviceaccounts/reader/token"),
      status: "403",
    },
    {
      what: "may see no pods of another namespace",
      verb: "GET",
      path: () => "/api/v1/namespaces/kube-system/pods",
      status: "403",
    },
    { what: "may see no pods of all namespaces", verb: "GET", path: () => "/api/v1/pods", status: "403" },
    { what: "may see no nodes", verb: "GET", path: () => "/api/v1/nodes", status: "403" },
  ])("$what", async ({ verb, path, status }) => {
    expect(await ask(verb, path())).toBe(status);
  });

  test("has a token of its own account, bound to its pod and short-lived", async () => {
    const pod = await podOf(cluster, namespace, "reader");

    const token = await exec(cluster, namespace, pod, "cat", `${FOLDER}/token`);

    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims.sub).toBe(`system:serviceaccount:${namespace}:reader`);
    expect(claims["kubernetes.io"].pod.name).toBe(pod);
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(3_700);
  });

  test("is nobody without permissions, though it may reach the API", async () => {
    const pod = await podOf(cluster, namespace, "visitor");
    const request = ["-sk", "-o", "/dev/null", "-w", "%{http_code}", ...PATIENTLY];

    const status = await exec(cluster, namespace, pod, "curl", ...request, `${SERVER}${inNamespace("pods")}`);

    expect(["401", "403"]).toContain(status);
    expect((await cluster.kubectl(["exec", "-n", namespace, pod, "--", "ls", FOLDER])).code).not.toBe(0);
  });

  test("does not even reach the API without declaring it", async () => {
    const pod = await podOf(cluster, namespace, "plain");

    expect(await connect(cluster, namespace, pod, "kubernetes.default.svc:443")).toBe("closed");
  });

  describeHardening(
    () => ({ cluster, namespace }),
    { workload: "reader", token: true },
    { workload: "visitor" },
    { workload: "plain" },
  );
});
