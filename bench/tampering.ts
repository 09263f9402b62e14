/** The changes of children that benchmarks make, in turn. */
import type { KubeObject, Resource } from "kopf-ts";
import { DEPLOYMENT, NETWORK_POLICY, SERVICE, SERVICE_ACCOUNT } from "../src/kubernetes/kinds.ts";

/** What somebody changes in a child, and how it is told to be undone. */
export interface Tampering {
  readonly resource: Resource;
  readonly patch: object;
  readonly isUndone: (object: KubeObject) => boolean;
}

const asText = (value: unknown): string => JSON.stringify(value);

export const TAMPERING: readonly Tampering[] = [
  {
    resource: DEPLOYMENT,
    patch: { spec: { template: { metadata: { annotations: { "example.com/second-nic": "yes" } } } } },
    isUndone: ({ spec }) => !asText(spec).includes("second-nic"),
  },
  {
    resource: DEPLOYMENT,
    patch: { spec: { replicas: 3 } },
    isUndone: ({ spec }) => asText(spec).includes('"replicas":0'),
  },
  {
    resource: NETWORK_POLICY,
    patch: { spec: { egress: [{}] } },
    isUndone: ({ spec }) => !asText(spec).includes('"egress"'),
  },
  {
    resource: SERVICE,
    patch: { spec: { publishNotReadyAddresses: true } },
    isUndone: ({ spec }) => !asText(spec).includes("publishNotReadyAddresses"),
  },
  {
    resource: SERVICE_ACCOUNT,
    patch: { automountServiceAccountToken: true },
    isUndone: ({ automountServiceAccountToken }) => automountServiceAccountToken === false,
  },
];
