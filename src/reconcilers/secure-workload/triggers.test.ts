import { describe, expect, test } from "@jest/globals";
import type { AnswerTo, CacheChange, KubeObject } from "kopf-ts";
import { aClusterState } from "../../../test/support/cluster-state.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import { childNamed } from "../../expand/child-kinds.ts";
import { NETWORK_POLICY } from "../../kubernetes/kinds.ts";
import type { AnyChildRecord } from "../../state/records/child.ts";
import { keysOfChild } from "./triggers.ts";

/** A workload, its NetworkPolicy where `isThere`, and whom each later state of that policy wakes. */
function aPolicy(isThere = true) {
  const { state, put } = aClusterState();
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const workload = state.workloads.get("shop/web");
  const kind = childNamed(NETWORK_POLICY, "web")?.kind;
  if (workload === undefined || kind === undefined) throw new Error("no workload");
  state.decideIdentity(workload, { uid: 20_000, userNamespace: true });
  const desired = state.desired(workload, kind)?.object;
  if (desired === undefined) throw new Error("nothing is desired");
  const cache = state.childrenOf(NETWORK_POLICY);
  const woken: string[] = [];
  cache.onChange((change: CacheChange<AnyChildRecord>) => {
    woken.push(...keysOfChild(NETWORK_POLICY, change, state).map(String));
  });
  if (isThere) put(NETWORK_POLICY, desired);
  woken.length = 0;
  const open = { ...desired, spec: { ...(desired["spec"] as object), egress: [{}] } } as KubeObject;
  let version = 100;
  const answer = (object: KubeObject, to?: AnswerTo): readonly string[] => {
    woken.length = 0;
    version += 1;
    const uid = cache.uid("shop/web") ?? "another";
    const metadata = { ...object.metadata, uid, resourceVersion: String(version) };
    cache.observe({ ...object, metadata } as KubeObject, to);
    return [...woken];
  };
  return { desired, open, answer, event: (object: KubeObject) => put(NETWORK_POLICY, object), woken };
}

describe("whom a child wakes", () => {
  test("one that somebody changes wakes its workload", () => {
    const { open, event, woken } = aPolicy();
    event(open);
    expect(woken).toEqual(["shop/web"]);
  });

  test("what a pass writes and finds as it wrote it wakes nobody", () => {
    const { desired, open, answer } = aPolicy();
    answer(open, "read");
    expect(answer(desired, "write")).toEqual([]);
  });

  test("what a pass reads it acts on itself, and what it wrote and finds changed is looked at again", () => {
    const { open, answer } = aPolicy();
    expect(answer(open, "read")).toEqual([]);
    expect(answer(open, "write")).toEqual(["shop/web"]);
  });

  test("an answer of which nothing is said wakes", () => {
    const { open, answer } = aPolicy();
    expect(answer(open)).toEqual(["shop/web"]);
  });

  test("a child that comes wakes, whoever made it", () => {
    const { desired, answer } = aPolicy(false);
    expect(answer(desired, "write")).toEqual(["shop/web"]);
  });
});
