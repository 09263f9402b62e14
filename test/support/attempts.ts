/** Tests of what policies refuse and let through, each an attempt with kubectl as a person makes it. */
import { expect, test } from "@jest/globals";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import type { ClusterUser, TestCluster } from "../cluster/index.ts";
import { refusalOfAttempt } from "./enforce.ts";
import { lookAt } from "./look.ts";

export interface Case {
  readonly title: string;
  /** `{pod}`, `{replicaset}` and `{endpointslice}` stand for the name of one of the workload `web`. */
  readonly args: readonly string[];
  /** alice unless told. */
  readonly user?: ClusterUser;
  readonly input?: object | (() => Promise<object>);
  readonly namespace?: string;
  /** What the refusal says, if not SecureWorkload. */
  readonly says?: string;
  /** A policy that refuses it too, or the beginning of the names of several: whichever the API server comes to first is named. */
  readonly orBy?: string;
}

/** Declares tests of attempts in `namespace` that a policy refuses, or that all of them let through. */
export function attempts(
  clusterOf: () => TestCluster,
  namespace: string,
): {
  readonly refuses: (policy: string, cases: readonly Case[]) => void;
  readonly allows: (cases: readonly Case[]) => void;
} {
  const attempt = async (one: Case): Promise<string | undefined> => {
    const where = one.namespace ?? namespace;
    const args = await Promise.all(one.args.map((argument) => named(clusterOf(), argument, where)));
    const input = typeof one.input === "function" ? await one.input() : one.input;
    const scoped = where === "" || args.includes("--raw") ? args : ["-n", where, ...args];
    const attempted = { user: one.user ?? "alice", args: scoped };
    return refusalOfAttempt(clusterOf(), input === undefined ? attempted : { ...attempted, input });
  };
  return {
    refuses: (policy, cases) =>
      test.each(cases)("$title", async (one) => {
        const refusal = await attempt(one);
        if (one.orBy !== undefined && refusal?.includes(`ValidatingAdmissionPolicy '${one.orBy}`)) return;
        expect(refusal).toContain(`ValidatingAdmissionPolicy '${policy}'`);
        expect(refusal).not.toContain("resulted in error");
        expect(refusal).toContain(one.says ?? "SecureWorkload");
      }),
    allows: (cases) =>
      test.each(cases)("$title", async (one) => {
        expect(await attempt(one)).toBeUndefined();
      }),
  };
}

async function named(cluster: TestCluster, argument: string, namespace: string): Promise<string> {
  const kind = /\{([a-z]+)\}/.exec(argument)?.[1];
  if (kind === undefined) return argument;
  const [first] = await lookAt(cluster, namespace).list(kind, "-l", `${WORKLOAD_LABEL}=web`);
  return argument.replace(`{${kind}}`, first?.metadata.name ?? "");
}

/** Arguments of `kubectl patch`. */
export const patch = (
  target: string,
  body: unknown,
  type: "merge" | "strategic" | "json" = "merge",
  ...more: readonly string[]
): readonly string[] => ["patch", ...target.split(" "), `--type=${type}`, "-p", JSON.stringify(body), ...more];

export const CREATE = ["create", "-f", "-"] as const;
