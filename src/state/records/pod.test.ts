import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { troubleOf } from "./pod.ts";

const VOLUMES = [
  { name: "files-0", secret: { secretName: "keys", items: [{ key: "tls.key" }] } },
  { name: "files-1", projected: { sources: [{ secret: { name: "certificate" } }, { configMap: { name: "other" } }] } },
  { name: "scratch-0", emptyDir: {} },
];

const NO_SANDBOX = { type: "PodReadyToStartContainers", status: "False", reason: "PodSandboxNotReady" };

const waitingFor = (reason: string, message?: string) => ({ name: "web", state: { waiting: { reason, message } } });

const pod = (status: object, volumes: readonly object[] = VOLUMES): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1" },
  spec: { volumes },
  status,
});

test.each<{ name: string; pod: KubeObject; expected: string | undefined }>([
  {
    name: "names the Secret that a variable is to come from, as the kubelet says it",
    pod: pod({ containerStatuses: [waitingFor("CreateContainerConfigError", 'secret "keys" not found')] }),
    expected: 'container web: CreateContainerConfigError (secret "keys" not found)',
  },
  {
    name: "names the Secrets among the volumes that a pod waits for",
    pod: pod({ conditions: [NO_SANDBOX], containerStatuses: [waitingFor("ContainerCreating")] }),
    expected: "the pod waits for its volumes, including Secret certificate, Secret keys (key tls.key)",
  },
  {
    name: "says nothing of a pod that mounts no Secret and is only starting",
    pod: pod({ conditions: [NO_SANDBOX], containerStatuses: [waitingFor("ContainerCreating")] }, []),
    expected: undefined,
  },
  {
    name: "says nothing of a pod that has its volumes",
    pod: pod({
      conditions: [{ ...NO_SANDBOX, status: "True" }],
      containerStatuses: [waitingFor("ContainerCreating")],
    }),
    expected: undefined,
  },
  {
    name: "says nothing of a pod that the kubelet has not looked at yet",
    pod: pod({}),
    expected: undefined,
  },
  {
    name: "says that no node takes a pod",
    pod: pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }] }),
    expected: "no node can run the pod (Unschedulable)",
  },
  {
    name: "names the scheduling gates that a pod waits for",
    pod: {
      ...pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }),
      spec: { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }, { name: "example.com/scan" }] },
    },
    expected:
      "the pod waits for the scheduling gates example.com/scan, kueue.x-k8s.io/admission: ask the team whose admission sets them, and look at that controller's queue",
  },
])("$name", ({ pod: live, expected }) => {
  expect(troubleOf(live)).toBe(expected);
});
