import { expect, test } from "@jest/globals";
import type { Cache, CacheChange, KubeObject } from "kopf-ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { AcceptedSpecs } from "./accepted-specs.ts";
import { Memory } from "./memory.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import { shapeWorkload, type WorkloadRecord } from "./records/workload.ts";

const record = (image: string, uid = "u"): WorkloadRecord => {
  const raw = aWorkload("web", "shop", { image }) as unknown as KubeObject;
  return shapeWorkload({ ...raw, metadata: { ...raw.metadata, uid } });
};

/** A world of one workload, and of images that are allowed. */
function state() {
  const allowed = new Set<string>();
  let workload: WorkloadRecord | undefined;
  const listeners: ((change: CacheChange<WorkloadRecord>) => void)[] = [];
  const granted: (() => void)[] = [];
  const workloads = {
    onChange: (listener: (typeof listeners)[number]) => listeners.push(listener),
    get: () => workload,
    entries: () => (workload === undefined ? [] : [["shop/web", workload]]),
  } as unknown as Cache<WorkloadRecord>;
  const memory = new Memory();
  const specs = new AcceptedSpecs(memory, (_workload, { image }) => allowed.has(image));
  specs.follow(workloads, { onChange: (listener: () => void) => granted.push(listener) } as unknown as Cache<unknown>);
  memory.follow(workloads, workloads as unknown as Cache<NamespaceRecord>);
  return {
    allow: (...images: readonly string[]) => {
      allowed.clear();
      for (const image of images) allowed.add(image);
      for (const listener of granted) listener();
    },
    declare: (now: WorkloadRecord | undefined) => {
      const old = workload;
      workload = now;
      const name = { namespace: "shop", name: "web" };
      for (const listener of listeners)
        listener({ type: "updated", key: "shop/web", name, old, new: now, initial: false });
    },
    inForce: () => (workload === undefined ? undefined : specs.of(workload)?.image),
    accept: () => workload !== undefined && specs.accept(workload),
  };
}

test("a spec that may be rolled out is in force, and a refused change leaves it so", () => {
  const { allow, declare, inForce } = state();
  allow("a:1");
  declare(record("a:1"));
  declare(record("evil:1"));
  expect(inForce()).toBe("a:1");
  declare(record("evil:2"));
  expect(inForce()).toBe("a:1");
});

test("a refused spec comes into force when it is granted, and is then what later refusals fall back to", () => {
  const { allow, declare, inForce } = state();
  allow("a:1");
  declare(record("a:1"));
  declare(record("b:1"));
  allow("b:1");
  expect(inForce()).toBe("b:1");
  declare(record("c:1"));
  expect(inForce()).toBe("b:1");
});

test("a grant that is withdrawn leaves what runs in force", () => {
  const { allow, declare, inForce } = state();
  allow("a:1");
  declare(record("a:1"));
  allow();
  expect(inForce()).toBe("a:1");
});

test("nothing is in force of a workload that never might be rolled out, until it is found to run", () => {
  const { declare, inForce, accept } = state();
  declare(record("evil:1"));
  expect(inForce()).toBeUndefined();
  accept();
  expect(inForce()).toBe("evil:1");
});

test("a workload of the same name that is made anew begins with nothing", () => {
  const { allow, declare, inForce } = state();
  allow("a:1");
  declare(record("a:1"));
  declare(record("evil:1", "another"));
  expect(inForce()).toBeUndefined();
});
