import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { aClusterState } from "../../test/support/cluster-state.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { buildRevision } from "../expand/history.ts";
import { CONTROLLER_REVISION } from "../kubernetes/kinds.ts";
import { isDone } from "../plan/history.ts";

/** A workload in force, and the revision that holds its spec, by the operator's hand unless told. */
function recorded(manager = "palisade", change: (revision: KubeObject) => object = (revision) => revision) {
  const { state, put } = aClusterState();
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const workload = state.workloads.get("shop/web");
  if (workload?.spec === undefined) throw new Error("the workload is not one");
  const revision = buildRevision(workload.ref, workload.spec, 3);
  const managedFields = [{ manager, operation: "Update", fieldsV1: { "f:data": {}, "f:revision": {} } }];
  put(CONTROLLER_REVISION, change({ ...revision, metadata: { ...revision.metadata, managedFields } } as KubeObject));
  return { state, put, workload };
}

describe("what is kept of revisions", () => {
  test("is that the spec in force is among them, and not what it says", () => {
    const { state, workload } = recorded();
    expect(isDone(state.history.plan(workload) ?? { write: undefined, remove: [] })).toBe(true);
    expect(state.history.of("shop/web")).toHaveLength(1);
    expect(JSON.stringify(state.history.of("shop/web"))).not.toContain("registry.example.com");
  });

  test.each<readonly [string, ReturnType<typeof recorded>]>([
    ["by another hand", recorded("kubectl-create")],
    [
      "of another owner",
      recorded("palisade", (one) => ({ ...one, metadata: { ...one.metadata, ownerReferences: [] } })),
    ],
    [
      "with another spec than its name says",
      recorded("palisade", (one) => ({ ...one, data: { spec: { image: "evil" } } })),
    ],
    ["that holds no spec", recorded("palisade", (one) => ({ ...one, data: "text" }))],
  ])("one %s is forged", (_what, { state, workload }) => {
    expect(state.history.plan(workload)).toMatchObject({
      write: { verb: "create", number: 1 },
      remove: [{ isIntact: false }],
    });
  });

  test("one without the label of a history, a StatefulSet's for example, is none of it", () => {
    const { state, workload } = recorded("palisade", (one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { "palisade.dev/workload": "web" } },
    }));
    expect(state.history.of("shop/web")).toEqual([]);
    expect(state.history.plan(workload)?.remove).toEqual([]);
  });

  test("one is known without a read once its spec was found in force, and not before", () => {
    const { state, put, workload } = recorded();
    const [newest] = state.history
      .of("shop/web")
      .map(([key, { hash = "", ...rest }]) => ({ ...rest, hash, name: key }));
    if (newest === undefined) throw new Error("no revision");
    const revision = { ...newest, isIntact: true };
    expect(state.history.isKnown(workload, revision)).toBe(false);
    expect(state.history.plan(workload)?.write).toBeUndefined();
    put(SECURE_WORKLOAD, aWorkload("web", "shop", { image: "registry.example.com/shop/web:2" }));
    const changed = state.workloads.get("shop/web") ?? workload;
    expect(state.history.plan(changed)?.write).toMatchObject({ verb: "create", newest: { hash: newest.hash } });
    expect(state.history.isKnown(changed, revision)).toBe(true);
    expect(state.history.isKnown(changed, { ...revision, hash: "0".repeat(20) })).toBe(false);
  });
});
