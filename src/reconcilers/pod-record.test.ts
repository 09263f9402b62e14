import { expect, test } from "@jest/globals";
import type { KubeObject } from "../kopf/object.ts";
import { troubleOf } from "./pod-record.ts";

const VOLUMES = [
  { name: "files-0", secret: { secretName: "keys" } },
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
    expected: "the pod's volumes are not there yet, Secret certificate, Secret keys among them",
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
    expected: "no node takes the pod",
  },
])("$name", ({ pod: live, expected }) => {
  expect(troubleOf(live)).toBe(expected);
});
