/** The pod rules as the API server evaluates them: of pods of every shape it names exactly the rules that `check` names. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject, Resource } from "kopf-ts";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { POD } from "../../src/kubernetes/kinds.ts";
import { checkPod, POD_POLICIES, type PodSpec } from "../../src/policies/index.ts";
import { until } from "../cluster/index.ts";
import { applyPolicies, refusalBy, rulesNamed } from "../support/admission.ts";
import { arbitraryPod } from "../support/arbitrary-pods.ts";
import { auditedFailures } from "../support/audit.ts";
import {
  AUDITED,
  BASELINE_POLICIES,
  type BaselineCluster,
  furnishBaseline,
  telling,
} from "../support/baseline-cluster.ts";
import { kubectl } from "../support/cluster.ts";
import { aPod, DEPLOYMENTS, HOLDERS, holding } from "../support/pod-holders.ts";
import { SPECIMEN, SPECIMEN_DEFINITION, SPECIMEN_POLICY, specimen } from "../support/specimens.ts";
import { storablePod } from "../support/storable-pods.ts";
import { useCluster } from "../support/use-palisade.ts";
import { BLOCK_DEVICE, podWith, WEAK_PODS } from "../support/weak-pods.ts";

const PODS = 400;
const SPECIMENS = 1_000;
const AT_ONCE = 16;
const PATIENCE_MS = 300_000;
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

const IDS = POD_POLICIES.map(({ id }) => id);
/** Neither a pod nor a template can be made with one. */
const NEVER_MADE = ["no-ephemeral-containers"];
const WEAK = podWith({ hostNetwork: true });

let base: BaselineCluster;

const used = useCluster();

beforeAll(async () => {
  base = await furnishBaseline(used, BASELINE_POLICIES.map(telling));
  await kubectl(base.cluster, ["create", "-f", "-"], { input: SPECIMEN_DEFINITION });
  const served = ["wait", "--for=condition=Established", `crd/${SPECIMEN_DEFINITION.metadata.name}`];
  await kubectl(base.cluster, served);
  await applyPolicies(base.cluster, [SPECIMEN_POLICY]);
  await untilTold(SPECIMEN, (name) => specimen(name, AUDITED, WEAK));
  await untilTold(POD, (name) => aPod(WEAK, { name, namespace: AUDITED }));
  for (const holder of HOLDERS)
    await untilTold(holder.resource, (name) => holding(holder, WEAK, { name, namespace: AUDITED }));
}, 180_000);

afterAll(async () => {
  await base?.stop();
});

/** The policies for that kind are in force. */
async function untilTold(resource: Resource, make: (name: string) => KubeObject): Promise<void> {
  let tries = 0;
  await until(async () => {
    tries += 1;
    const name = `${resource.plural}-first-${tries}`;
    await base.dryRun(resource, make(name));
    return auditedFailures(base.cluster).has(name);
  }, `the policy of ${resource.plural}`);
}

interface Stored {
  readonly name: string;
  /** As admission saw it. */
  readonly spec: PodSpec;
}

/** What the API server made of each; those that it takes from nobody are left out, and are few. */
async function stored(
  resource: Resource,
  objects: readonly KubeObject[],
  podOf: (object: KubeObject) => PodSpec,
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  const refusals: string[] = [];
  const left = objects.values();
  const work = async (): Promise<void> => {
    for (const object of left) {
      const refusal = await refusalBy(async () => {
        const answer = await base.dryRun(resource, object);
        found.push({ name: object.metadata.name, spec: podOf(answer) });
      });
      if (refusal !== undefined) refusals.push(refusal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect({ seed: SEED, refusals: refusals.length > objects.length / 4 ? refusals.slice(0, 3) : [] }).toEqual({
    seed: SEED,
    refusals: [],
  });
  return found;
}

const rulesBroken = (spec: PodSpec): readonly string[] =>
  [...new Set(checkPod(spec).map(({ policy }) => policy))].sort();

interface Comparison {
  /** Pods about which the API server and `check` say different things. */
  readonly disputed: readonly object[];
  /** Rules that some pod breaks, and rules that some pod obeys. */
  readonly broken: readonly string[];
  readonly obeyed: readonly string[];
}

function compared(all: readonly Stored[]): Comparison {
  const failures = auditedFailures(base.cluster);
  const answers = all.map(({ name, spec }) => ({
    seed: SEED,
    spec,
    server: rulesNamed(failures.get(name) ?? []),
    check: rulesBroken(spec),
  }));
  return {
    disputed: answers.filter(({ server, check }) => server.join() !== check.join()).slice(0, 3),
    broken: IDS.filter((id) => answers.some(({ check }) => check.includes(id))),
    obeyed: IDS.filter((id) => answers.some(({ check }) => !check.includes(id))),
  };
}

const sampled = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): readonly T[] =>
  fc.sample(arbitrary, { seed: SEED, numRuns });

/** Of any shape, with some of the rules written into it: alone, nearly every pod breaks nearly every rule. */
const halfHardened = fc
  .tuple(arbitraryPod, fc.subarray([...POD_POLICIES]))
  .map(([pod, rules]) => rules.reduce((hardened, { harden }) => harden(hardened), pod));

const specOf = (object: KubeObject): PodSpec => object["spec"] as PodSpec;

function templateOf(object: KubeObject): PodSpec {
  const { template, jobTemplate } = object["spec"] as {
    readonly template?: { readonly spec: PodSpec };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  };
  const found = template ?? jobTemplate?.spec.template;
  if (found === undefined) throw new Error(`${object.kind} has no template`);
  return found.spec;
}

/** The check of types takes a variable for anything: it sees into an expression that stands on the object alone. */
function withoutVariables(policy: AdmissionPolicy): AdmissionPolicy {
  const { name, variables = [], validations } = policy;
  const written = (expression: string): string =>
    variables.reduceRight(
      (text, variable) => text.replaceAll(`variables.${variable.name}`, `(${variable.expression})`),
      expression,
    );
  const plain = validations.map((validation) => ({ ...validation, expression: written(validation.expression) }));
  return { ...policy, name: `${name}-plain`, variables: [], validations: plain, bindings: [] };
}

describe("the types of every expression", () => {
  interface Typed {
    readonly status?: { readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] } };
  }

  async function findings(policy: AdmissionPolicy): Promise<readonly unknown[]> {
    await applyPolicies(base.cluster, [policy]);
    const get = ["get", "validatingadmissionpolicy", policy.name, "-o", "json"];
    const look = async () => (JSON.parse(await kubectl(base.cluster, get)) as Typed).status?.typeChecking;
    await until(async () => (await look()) !== undefined, `the types of ${policy.name}`);
    return (await look())?.expressionWarnings ?? [];
  }

  test.each(BASELINE_POLICIES)("are right in $name", async (policy) => {
    expect(await findings(telling(policy))).toEqual([]);
    expect(await findings(withoutVariables(policy))).toEqual([]);
  });

  test("would be found wrong", async () => {
    const [some] = BASELINE_POLICIES.map(withoutVariables);
    if (some === undefined) throw new Error("there is no policy");
    const wrong = { expression: "object.spec.?noSuchField.hasValue()", message: "never said" };
    expect(await findings({ ...some, name: "palisade-test-types", validations: [wrong] })).toHaveLength(1);
  });
});

describe("the API server names the rules that check names", () => {
  test(
    "of pods of any shape at all",
    async () => {
      const pods = [
        ...WEAK_PODS.map(({ broken }) => broken),
        ...sampled(arbitraryPod, SPECIMENS / 2),
        ...sampled(halfHardened, SPECIMENS / 2),
      ];
      const objects = pods.map((pod, index) => specimen(`specimen-${index}`, AUDITED, pod));
      const all = await stored(SPECIMEN, objects, specOf);
      expect(all).toHaveLength(pods.length);
      expect(compared(all)).toEqual({ disputed: [], broken: IDS, obeyed: IDS });
    },
    PATIENCE_MS,
  );

  test(
    "of Pods",
    async () => {
      const pods = [BLOCK_DEVICE, ...sampled(storablePod, PODS)];
      const objects = pods.map((pod, index) => aPod(pod, { name: `pod-${index}`, namespace: AUDITED }));
      const made = IDS.filter((id) => !NEVER_MADE.includes(id));
      expect(compared(await stored(POD, objects, specOf))).toEqual({ disputed: [], broken: made, obeyed: IDS });
    },
    PATIENCE_MS,
  );

  test.each(HOLDERS)(
    "of the template of a $resource.kind",
    async (holder) => {
      const { resource } = holder;
      const share = holder === DEPLOYMENTS ? PODS : PODS / 8;
      const objects = sampled(storablePod, share).map((pod, index) =>
        holding(holder, pod, { name: `${resource.plural}-${index}`, namespace: AUDITED }),
      );
      expect(compared(await stored(resource, objects, templateOf)).disputed).toEqual([]);
    },
    PATIENCE_MS,
  );
});
