import { expect, test } from "@jest/globals";
import { nameOf } from "kopf-ts";
import { controlledBy, type Governed, governed, uidOf } from "../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { POD, STATEFUL_SET } from "../kubernetes/kinds.ts";
import { nextUnmounted } from "./unmounted-claims.ts";

const CLAIMS = ["data", "logs"].map((name) => ({ name, path: `/${name}`, size: "1Gi" }));

function database(generations: object = { observedGeneration: 1 }): Governed {
  const world = governed({ type: "StatefulSet", replicas: 2, claims: CLAIMS });
  world.stand("web", (child) => ({ ...child, status: generations }));
  return world;
}

const READY = { conditions: [{ type: "Ready", status: "True" }] };

function aPod(
  world: Governed,
  name: string,
  claims: readonly string[],
  metadata: object = {},
  status: object = READY,
): void {
  const owner = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", uid: uidOf(STATEFUL_SET, "web") },
  };
  const volumes = claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}` } }));
  const labels = { [WORKLOAD_LABEL]: "web" };
  world.foreign(
    POD,
    name,
    { spec: { containers: [], volumes }, status },
    { labels, ...controlledBy(owner, STATEFUL_SET), ...metadata },
  );
}

function next({ state, workload }: Governed): string | undefined {
  const pods = state.pods.byIndex("workload", "shop/web").flatMap((key) => {
    const pod = state.pods.get(key);
    return pod === undefined ? [] : [{ key, pod }];
  });
  const found = nextUnmounted(workload(), pods, state);
  return found === undefined ? undefined : nameOf(found.key).name;
}

test("pods that lack a claim make way, the lowest number first", () => {
  const world = database();
  aPod(world, "web-1", ["data"]);
  aPod(world, "web-0", ["data"]);
  expect(next(world)).toBe("web-0");
  aPod(world, "web-0", ["data", "logs"]);
  expect(next(world)).toBe("web-1");
  aPod(world, "web-1", ["data", "logs"]);
  expect(next(world)).toBeUndefined();
});

test("none makes way before the one that made way is ready again", () => {
  const world = database();
  aPod(world, "web-1", ["data"]);
  aPod(world, "web-0", ["data", "logs"], {}, {});
  expect(next(world)).toBeUndefined();
  aPod(world, "web-0", ["data", "logs"]);
  expect(next(world)).toBe("web-1");
});

test("none makes way while another is missing or ends", () => {
  const world = database();
  aPod(world, "web-1", ["data"]);
  expect(next(world)).toBeUndefined();
  aPod(world, "web-0", ["data"], { deletionTimestamp: "2026-03-02T00:00:00Z" });
  expect(next(world)).toBeUndefined();
});

test("none makes way before the StatefulSet's controller has seen it, or while another made it", () => {
  const unseen = database({ observedGeneration: 0 });
  for (const name of ["web-0", "web-1"]) aPod(unseen, name, ["data"]);
  expect(next(unseen)).toBeUndefined();
  const orphans = database();
  for (const name of ["web-0", "web-1"]) aPod(orphans, name, ["data"], { ownerReferences: [] });
  expect(next(orphans)).toBeUndefined();
});
