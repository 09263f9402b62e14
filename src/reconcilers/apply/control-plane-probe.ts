/** The ReplicaSet that asks the control plane who it is, and its end. Its pod is refused a node, so nothing of it ever runs. */
import { apiVersionOf, type Client, isAlreadyExists, isForbidden, isInvalid, type KubeObject } from "kopf-ts";
import { ONE_REPLICA } from "../../admission/control-plane.ts";
import { MANAGED_BY_LABEL } from "../../crds/group.ts";
import { PRIORITIES } from "../../crds/v1alpha1/priority.ts";
import { PROBE_NAME } from "../../installation.ts";
import { REPLICA_SET } from "../../kubernetes/kinds.ts";
import { hardenPod } from "../../policies/index.ts";

const LABELS = { "app.kubernetes.io/name": PROBE_NAME, [MANAGED_BY_LABEL]: "palisade" } as const;

/** Selects the pods of the probe. */
export const PROBE_SELECTOR = `app.kubernetes.io/name=${PROBE_NAME}`;

/** As hardened as the pods of workloads, since admission asks it of whatever the operator writes. */
const SPEC = hardenPod({
  schedulerName: "default-scheduler",
  priorityClassName: PRIORITIES.Low.className,
  terminationGracePeriodSeconds: 1,
  securityContext: { runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532 },
  containers: [
    {
      name: "probe",
      image: "registry.k8s.io/pause:3.10",
      resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { cpu: "10m", memory: "16Mi" } },
    },
  ],
});

const probeIn = (namespace: string, replicas: number): KubeObject => ({
  apiVersion: apiVersionOf(REPLICA_SET),
  kind: REPLICA_SET.kind,
  metadata: { name: PROBE_NAME, namespace, labels: LABELS },
  spec: {
    replicas,
    selector: { matchLabels: LABELS },
    template: { metadata: { labels: LABELS }, spec: SPEC },
  },
});

/** Whether the API server enforces the policy that the probe needs. It takes up a new one a moment after it was created. */
export async function isProbePolicyInForce(client: Client, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.create(REPLICA_SET, probeIn(namespace, 2), { dryRun: true, signal });
    return false;
  } catch (error) {
    if ((isForbidden(error) || isInvalid(error)) && String(error).includes(ONE_REPLICA)) return true;
    throw error;
  }
}

/** Does nothing where it is there already. */
export async function startProbe(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  await client.create(REPLICA_SET, probeIn(namespace, 1), { signal }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}

/** With its pod, which the garbage collector removes. */
export async function endProbe(client: Client, namespace: string, signal?: AbortSignal): Promise<void> {
  await client.delete(REPLICA_SET, { namespace, name: PROBE_NAME }, signal === undefined ? {} : { signal });
}
