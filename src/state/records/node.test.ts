import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { canHost, nodeOffer, placementShortage } from "./node.ts";

const node = (labels: Record<string, string>, taints: readonly object[] = [], allocatable = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n", labels },
  spec: { taints },
  status: { allocatable },
});

const plain = nodeOffer(node({ "kubernetes.io/arch": "amd64" }));
const arm = nodeOffer(
  node({ "kubernetes.io/arch": "arm64" }, [{ key: "kubernetes.io/arch", value: "arm64", effect: "NoSchedule" }]),
);
const gpu = nodeOffer(
  node(
    { "kubernetes.io/arch": "amd64", "nvidia.com/gpu.product": "NVIDIA-L4", "topology.kubernetes.io/zone": "a" },
    [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    { "nvidia.com/gpu": "4" },
  ),
);
const control = nodeOffer(node({}, [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]));
const cordoned = nodeOffer(node({}, [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }]));

type Placement = Parameters<typeof canHost>[1];
const nvidia = (model?: string): Placement => ({
  accelerator: { name: "nvidia-gpu", count: 1, ...(model === undefined ? {} : { model }) },
});

describe("a node", () => {
  test.each<{ name: string; offer: typeof plain; placement: Placement; hosts: boolean }>([
    { name: "hosts who asks for nothing", offer: plain, placement: undefined, hosts: true },
    { name: "is not ruled out by a taint of the kubelet's", offer: cordoned, placement: undefined, hosts: true },
    { name: "of the control plane hosts nobody", offer: control, placement: nvidia(), hosts: false },
    { name: "of another architecture is tainted", offer: arm, placement: undefined, hosts: false },
    {
      name: "of another architecture hosts who names it",
      offer: arm,
      placement: { architecture: ["arm64"] },
      hosts: true,
    },
    { name: "with devices is kept for who asks for them", offer: gpu, placement: undefined, hosts: false },
    { name: "with devices hosts who asks for them", offer: gpu, placement: nvidia(), hosts: true },
    { name: "with devices hosts who asks for its model", offer: gpu, placement: nvidia("NVIDIA-L4"), hosts: true },
    { name: "with devices of another model does not", offer: gpu, placement: nvidia("NVIDIA-H100"), hosts: false },
    { name: "without devices hosts nobody who asks for them", offer: plain, placement: nvidia(), hosts: false },
  ])("$name", ({ offer, placement, hosts }) => {
    expect(canHost(offer, placement)).toBe(hosts);
  });
});

describe("a shortage", () => {
  test.each<{ name: string; placement: Placement; says: string | undefined }>([
    { name: "is none where a node has it all", placement: nvidia("NVIDIA-L4"), says: undefined },
    {
      name: "names the architecture",
      placement: { architecture: ["s390x", "ppc64le"] },
      says: "has architecture s390x or ppc64le",
    },
    { name: "names the device", placement: { accelerator: { name: "amd-gpu", count: 1 } }, says: "offers amd-gpu" },
    { name: "names the model", placement: nvidia("NVIDIA-H100"), says: "offers NVIDIA-H100 as nvidia-gpu" },
    {
      name: "is seen where each is there, and no node has both",
      placement: { ...nvidia(), architecture: ["arm64"] },
      says: "matches all requirements",
    },
  ])("$name", ({ placement, says }) => {
    const shortage = placementShortage(placement, [plain, arm, gpu, control]);
    if (says === undefined) expect(shortage).toBeUndefined();
    else expect(shortage).toContain(says);
  });

  test("of zones is told where no node names one", () => {
    const placement: Placement = { spread: { nodes: "Preferred", zones: "Required" } };
    expect(placementShortage(placement, [plain])).toContain("topology.kubernetes.io/zone");
    expect(placementShortage(placement, [plain, gpu])).toBeUndefined();
  });

  test("is not told while no node is known", () => {
    expect(placementShortage(nvidia(), [])).toBeUndefined();
  });
});
