/** Changes of how many pods there are, how they roll out, and of what keeps the Deployment ours. */
import {
  DEPLOYMENT,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../../../src/kubernetes/kinds.ts";
import type { DriftCase } from "../case.ts";
import { deleting, patching, textOf } from "../patches.ts";
import { VICTIM } from "../stage.ts";

const MINER = { template: { spec: { containers: [{ name: "miner", image: "registry.example.com/miner:1" }] } } };
const strategic = { type: "strategic" } as const;
const DANGLING = {
  apiVersion: "v1",
  kind: "ConfigMap",
  name: "gone",
  uid: "00000000-0000-0000-0000-000000000000",
};

export const ROLLOUT_CASES: readonly DriftCase[] = [
  {
    number: 17,
    title: "limits raised, or a running pod resized",
    who: "E/X",
    attacks: [
      patching(
        "raises the limits",
        DEPLOYMENT,
        VICTIM,
        { spec: { template: { spec: { containers: [{ name: VICTIM, resources: { limits: { memory: "64Gi" } } }] } } } },
        "64Gi",
        strategic,
      ),
    ],
  },
  {
    number: 19,
    title: "a rollout held back over a weak template",
    who: "E",
    attacks: [
      patching(
        "pauses the rollout over a weak template",
        DEPLOYMENT,
        VICTIM,
        { spec: { paused: true, ...MINER } },
        "miner",
        strategic,
      ),
      patching("pauses the rollout", DEPLOYMENT, VICTIM, { spec: { paused: true } }, '"paused":true'),
      patching(
        "makes the rollout wait for ever",
        DEPLOYMENT,
        VICTIM,
        { spec: { minReadySeconds: 86400, progressDeadlineSeconds: 90000 } },
        '"minReadySeconds":86400',
      ),
    ],
  },
  {
    number: 27,
    title: "scaled by the subresource",
    who: "E",
    attacks: [
      patching("scales to a thousand", DEPLOYMENT, VICTIM, { spec: { replicas: 7 } }, '"replicas":7', {
        subresource: "scale",
      }),
      patching(
        "scales to none",
        DEPLOYMENT,
        VICTIM,
        { spec: { replicas: 0 } },
        ({ spec }) => JSON.stringify(spec).includes('"replicas":0'),
        { subresource: "scale" },
      ),
    ],
  },
  {
    number: 29,
    title: "a disruption budget changed or deleted",
    who: "E",
    attacks: [
      deleting("deletes the budget", POD_DISRUPTION_BUDGET, VICTIM, "bob"),
      patching("lets no pod go", POD_DISRUPTION_BUDGET, VICTIM, { spec: { maxUnavailable: 0 } }, '"maxUnavailable":0', {
        user: "bob",
      }),
    ],
  },
  {
    number: 31,
    title: "an owned object deleted",
    who: "E",
    attacks: [
      deleting("deletes the Deployment", DEPLOYMENT, VICTIM),
      deleting("deletes the NetworkPolicy", NETWORK_POLICY, VICTIM),
      deleting("deletes the default deny", NETWORK_POLICY, "palisade-default-deny"),
      deleting("deletes the Service", SERVICE, VICTIM),
      deleting("deletes the ServiceAccount", SERVICE_ACCOUNT, VICTIM),
    ],
  },
  {
    number: 32,
    title: "owner references taken away or forged",
    who: "E",
    attacks: [
      patching(
        "takes the owner away",
        DEPLOYMENT,
        VICTIM,
        { metadata: { ownerReferences: null } },
        ({ metadata }) => (metadata.ownerReferences ?? []).length === 0,
      ),
      patching(
        "gives the NetworkPolicy an owner that does not exist",
        NETWORK_POLICY,
        VICTIM,
        { metadata: { ownerReferences: [DANGLING] } },
        (live) => textOf(live).includes(DANGLING.uid),
      ),
    ],
  },
  {
    number: 33,
    title: "tracking label taken away",
    who: "E",
    attacks: [
      patching(
        "takes the label away",
        DEPLOYMENT,
        VICTIM,
        { metadata: { labels: { "palisade.dev/workload": null } } },
        ({ metadata }) => metadata.labels?.["palisade.dev/workload"] === undefined,
      ),
    ],
  },
  {
    number: 34,
    title: "managedFields wiped, or written under the operator's name",
    who: "E",
    attacks: [
      patching(
        "wipes managedFields and weakens",
        DEPLOYMENT,
        VICTIM,
        { metadata: { managedFields: [{}] }, spec: { template: { spec: { shareProcessNamespace: true } } } },
        '"shareProcessNamespace":true',
      ),
    ],
  },
  {
    number: 35,
    title: "a finalizer that blocks the name",
    who: "E",
    attacks: [
      patching(
        "adds a finalizer",
        DEPLOYMENT,
        VICTIM,
        { metadata: { finalizers: ["example.com/forever"] } },
        "example.com/forever",
      ),
    ],
  },
];
