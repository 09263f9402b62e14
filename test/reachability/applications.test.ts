/** Who may connect to whom where the samples and the examples run: as declared, under attack, and after the correction. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { opensPodsOf } from "../../src/foreign/network-policies.ts";
import { networkPolicyFacts } from "../../src/state/records/foreign.ts";
import { APPLICATIONS, type Application } from "../support/applications.ts";
import { declaredMark, isNeverReachable } from "../support/declared-access.ts";
import { golden } from "../support/golden.ts";
import { type Flow, type PolicyEvaluator, policyEvaluator } from "../support/policy-evaluator.ts";
import { type Declared, declaredIn, expandAll, nameOf, worldOf } from "../support/reachability.ts";
import { matrixText } from "../support/reachability-text.ts";
import { openPolicy } from "../support/strangers.ts";

let evaluator: PolicyEvaluator;

beforeAll(async () => {
  evaluator = await policyEvaluator();
}, 540_000);

async function judged(objects: readonly KubeObject[]): Promise<readonly Flow[]> {
  const [answer = []] = await evaluator.flows([worldOf(objects)]);
  return answer;
}

const isOpen = ({ mark }: Flow): boolean => mark === "+";

describe.each(APPLICATIONS)("$name", ({ name, namespace, workloads }: Application) => {
  const declared: readonly Declared[] = workloads.map(declaredIn);
  let flows: readonly Flow[];

  beforeAll(async () => {
    flows = await judged(expandAll(declared));
  });

  test("has the matrix that was read", () => {
    expect(matrixText(flows)).toBe(golden(`reachability/${name}.txt`, matrixText(flows)));
  });

  test("opens nothing that is not declared, and all that is declared", () => {
    expect(flows.map(({ mark }) => mark)).toEqual(flows.map((flow) => declaredMark(flow, declared)));
  });

  test("declares both halves of every connection between its own workloads", () => {
    const own = new Set(declared.map(({ ref }) => `${ref.namespace}/${ref.name}`));
    const half = flows.filter(
      ({ source, destination, mark }) =>
        own.has(nameOf(source)) && own.has(nameOf(destination)) && (mark === ">" || mark === "<"),
    );
    expect(half).toEqual([]);
  });

  test("calls exactly what its settings name, where they name anything", () => {
    const names = new Set(declared.map(({ ref }) => ref.name));
    for (const { spec } of declared) {
      const settings = [spec, ...(spec.containers ?? [])].map(({ env, command, args, files }) =>
        JSON.stringify([env, command, args, files]),
      );
      const named = [...settings.join().matchAll(/([a-z][a-z0-9-]*):([0-9]+)/g)]
        .filter(([, host]) => names.has(host ?? ""))
        .map(([address]) => address);
      const called = (spec.access?.outbound ?? []).map(({ workload, port }) => `${workload}:${port}`);
      if (named.length > 0) expect(called.sort()).toEqual([...new Set(named)].sort());
    }
  });

  test("reaches no metadata address from any pod of ours, and DNS from each", () => {
    const governed = declared.map(({ ref }) => ref.namespace);
    const ours = flows.filter(({ source }) => "namespace" in source && governed.includes(source.namespace));
    expect(ours.filter((flow) => isNeverReachable(flow.destination.ip) && isOpen(flow))).toEqual([]);
    const sources = new Set(ours.map(({ source }) => source));
    for (const protocol of ["UDP", "TCP"]) {
      const resolving = ours.filter(
        (flow) =>
          nameOf(flow.destination) === "kube-system/kube-dns" && flow.port.protocol === protocol && isOpen(flow),
      );
      expect(new Set(resolving.map(({ source }) => source))).toEqual(sources);
    }
  });

  test("is opened by an allow-all policy, and closed again by its removal", async () => {
    const open = openPolicy(namespace);
    const attacked = await judged([...expandAll(declared), open]);
    expect(matrixText(attacked)).toBe(golden(`reachability/${name}.attacked.txt`, matrixText(attacked)));
    const opened = attacked.filter((flow, index) => isOpen(flow) && flows[index]?.mark !== flow.mark);
    expect(opened.some(({ destination }) => isNeverReachable(destination.ip))).toBe(true);
    const isLeft = declared.every(
      ({ ref }) => ref.namespace !== namespace || !opensPodsOf(ref, networkPolicyFacts(open)),
    );
    expect(await judged([...expandAll(declared), ...(isLeft ? [open] : [])])).toEqual(flows);
  });
});
