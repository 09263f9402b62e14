import { describe, expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { placed } from "./placement.ts";

const POD = { containers: [{ name: "web" }, { name: "proxy" }] };
const podFor = (spec: object) => placed(POD, anInput(spec));
const NVIDIA = "nvidia.com/gpu";

describe("placement", () => {
  test("spreads over nodes and zones, and only a required spread leaves a pod unscheduled", () => {
    const choiceOf = (spec: object) =>
      podFor(spec).topologySpreadConstraints?.map(({ whenUnsatisfiable }) => whenUnsatisfiable);
    expect(choiceOf({})).toEqual(["ScheduleAnyway", "ScheduleAnyway"]);
    expect(choiceOf({ placement: { spread: { zones: "Required" } } })).toEqual(["ScheduleAnyway", "DoNotSchedule"]);
  });

  test("asks for no node and tolerates no taint unless the spec needs one", () => {
    expect(podFor({})).not.toHaveProperty("affinity");
    expect(podFor({})).not.toHaveProperty("tolerations");
  });

  test("asks for nodes of the declared architecture", () => {
    const { affinity, tolerations = [] } = podFor({ placement: { architecture: ["arm64"] } });
    expect(affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: ["arm64"] }] },
    ]);
    expect(tolerations.length).toBeGreaterThan(0);
  });

  test("gives devices to the first container alone, and asks for a model by every label that may name it", () => {
    const accelerator = { name: "nvidia-gpu", count: 2, model: "Tesla-T4" };
    const { containers, affinity, tolerations } = podFor({ placement: { accelerator, architecture: ["amd64"] } });
    expect(containers[0]?.resources).toEqual({ requests: { [NVIDIA]: "2" }, limits: { [NVIDIA]: "2" } });
    expect(containers[1]?.resources).toBeUndefined();
    const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    expect(terms.length).toBeGreaterThan(1);
    for (const { matchExpressions = [] } of terms) expect(matchExpressions).toHaveLength(2);
    expect(tolerations).toContainEqual(expect.objectContaining({ key: NVIDIA }));
  });

  test("adds devices to what else a container asks for", () => {
    const accelerator = { name: "nvidia-gpu", count: 1 };
    const pod = { containers: [{ name: "web", resources: { requests: { cpu: "1" }, limits: { cpu: "2" } } }] };
    expect(placed(pod, anInput({ placement: { accelerator } })).containers[0]?.resources).toEqual({
      requests: { cpu: "1", [NVIDIA]: "1" },
      limits: { cpu: "2", [NVIDIA]: "1" },
    });
  });
});
