/** That our NetworkPolicies say what is declared, no more and no less: random clusters, judged by somebody else's code. */

import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { opensPodsOf } from "../../src/foreign/network-policies.ts";
import { couldMatch } from "../../src/kubernetes/selectors.ts";
import { networkPolicyFacts } from "../../src/state/records/foreign.ts";
import { arbitraryWorkloads } from "../support/arbitrary-access.ts";
import { arbitraryForeignPolicies, arbitraryLabels, arbitrarySelector } from "../support/arbitrary-policies.ts";
import { declaredMark, isNeverReachable } from "../support/declared-access.ts";
import { type Flow, type PolicyEvaluator, policyEvaluator } from "../support/policy-evaluator.ts";
import { probedWorld } from "../support/probed-state.ts";
import { type Declared, nameOf, workloadOf } from "../support/reachability.ts";

let evaluator: PolicyEvaluator;

beforeAll(async () => {
  evaluator = await policyEvaluator();
}, 540_000);

/** One process judges a whole batch. */
const batchOf = <T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: most, size: "max" });

const told = ({ source, destination, port, mark }: Flow): string =>
  `${nameOf(source)} ${mark} ${nameOf(destination)}:${port.port}/${port.protocol}`;

test("each end of each flow is open exactly where its workload declares it, and never to metadata addresses", async () => {
  await fc.assert(
    fc.asyncProperty(batchOf(arbitraryWorkloads, 50), async (batch) => {
      const judged = await evaluator.flows(batch.map((workloads) => probedWorld(workloads)));
      for (const [index, workloads] of batch.entries()) {
        const flows = judged[index] ?? [];
        expect(flows.length).toBeGreaterThan(0);
        expect(flows.flatMap((flow) => otherwiseDeclared(flow, workloads))).toEqual([]);
        expect(flows.filter((flow) => isLeak(flow, workloads)).map(told)).toEqual([]);
      }
    }),
    { numRuns: 20 },
  );
}, 300_000);

function otherwiseDeclared(flow: Flow, workloads: readonly Declared[]): readonly string[] {
  const declared = declaredMark(flow, workloads);
  return declared === flow.mark ? [] : [`${told(flow)}, and declared ${declared}`];
}

/** A connection to an address that nobody may reach, from a pod that we govern. */
const isLeak = ({ source, destination, mark }: Flow, workloads: readonly Declared[]): boolean =>
  isNeverReachable(destination.ip) &&
  (mark === "+" || mark === ">") &&
  workloads.some(({ ref }) => "namespace" in source && source.namespace === ref.namespace);

test("foreign policies that open a workload's pod are the code's to remove, and the rest changes nothing", async () => {
  const cases = fc.record({ workloads: arbitraryWorkloads, foreign: arbitraryForeignPolicies });
  await fc.assert(
    fc.asyncProperty(batchOf(cases, 50), async (batch) => {
      const worlds = batch.map(({ workloads, foreign }) => [
        probedWorld(workloads),
        probedWorld(workloads, remaining(foreign, workloads)),
      ]);
      const judged = await evaluator.flows(worlds.flat());
      for (const [index, { workloads }] of batch.entries()) {
        const declared = ownSides(judged[2 * index] ?? [], workloads);
        const corrected = ownSides(judged[2 * index + 1] ?? [], workloads);
        expect(corrected).toHaveLength(declared.length);
        expect(corrected.filter((side, position) => side !== declared[position])).toEqual([]);
      }
    }),
    { numRuns: 20 },
  );
}, 300_000);

/** The foreign policies that the operator leaves. */
const remaining = (foreign: readonly KubeObject[], workloads: readonly Declared[]): readonly KubeObject[] =>
  foreign.filter((policy) =>
    workloads.every(
      ({ ref }) => ref.namespace !== policy.metadata.namespace || !opensPodsOf(ref, networkPolicyFacts(policy)),
    ),
  );

/** What the pods of workloads themselves allow, at whichever end of a flow they are. */
function ownSides(flows: readonly Flow[], workloads: readonly Declared[]): readonly string[] {
  const isOwn = (peer: Flow["source"]): boolean =>
    "namespace" in peer &&
    workloads.some(
      ({ ref }) => ref.namespace === peer.namespace && ref.name === peer.name && ref.name === workloadOf(peer),
    );
  return flows.map((flow) => {
    const leaves = isOwn(flow.source) ? "+>".includes(flow.mark) : "not ours";
    const enters = isOwn(flow.destination) ? "+<".includes(flow.mark) : "not ours";
    return `${told({ ...flow, mark: "-" })} leaves: ${leaves}, enters: ${enters}`;
  });
}

test("selectors match what Kubernetes matches", async () => {
  const question = fc.record({ selector: arbitrarySelector, labels: arbitraryLabels });
  await fc.assert(
    fc.asyncProperty(batchOf(question, 1_000), async (questions) => {
      const matched = await evaluator.matches(questions);
      expect(questions.map(({ selector, labels }) => couldMatch(selector, labels))).toEqual(matched);
    }),
    { numRuns: 20 },
  );
}, 300_000);

test("a label whose value is not known never hides a match", async () => {
  const hash = fc.constantFrom("web", "api", "palisade", "6d5f", "", "gold", "anything");
  const question = fc.record({ selector: arbitrarySelector, labels: arbitraryLabels, hash });
  await fc.assert(
    fc.asyncProperty(batchOf(question, 1_000), async (cases) => {
      const matched = await evaluator.matches(
        cases.map(({ selector, labels, hash: value }) => ({
          selector,
          labels: { ...labels, "pod-template-hash": value },
        })),
      );
      const missed = cases.filter(
        ({ selector, labels }, index) =>
          matched[index] === true && !couldMatch(selector, labels, ["pod-template-hash"]),
      );
      expect(missed).toEqual([]);
    }),
    { numRuns: 20 },
  );
}, 300_000);
