/** The specs that were in force, kept as revisions, and the way back to one of them: by the command, and with kubectl alone. Policies stand. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { attempts, CREATE, patch } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { field, lookAt } from "../support/look.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHOP = "history";
const palisade = usePalisade({
  namespaces: [SHOP],
  baseline: { registries: ["registry.example.com"] },
  admission: ADMISSION_POLICIES,
});
const { cluster } = palisade;
const look = lookAt(cluster, SHOP);

/** With a digest, which no registry has to be asked for. */
const image = (letter: string): string => `registry.example.com/shop/web@sha256:${letter.repeat(64)}`;

/** As bob, who has `palisade-app-team`. */
const apply = (name: string, spec: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, SHOP, spec), user: "bob" });

async function revisionsOf(name: string): Promise<readonly KubeObject[]> {
  const found = await look.list("controllerrevisions", "-l", `palisade.dev/history=${name}`);
  return [...found].sort((a, b) => Number(a["revision"]) - Number(b["revision"]));
}

const specsOf = async (name: string, path: string): Promise<readonly unknown[]> =>
  (await revisionsOf(name)).map((revision) => field(revision, `data.spec.${path}`));

const becomes = async (name: string, path: string, wanted: readonly unknown[]): Promise<void> => {
  let last: readonly unknown[] = [];
  await until(async () => {
    last = await specsOf(name, path);
    return JSON.stringify(last) === JSON.stringify(wanted);
  }, `the history of ${name}`).catch((error: unknown) => {
    throw new Error(`${String(error)}: it is ${JSON.stringify(last)}`);
  });
};

/** One spec after the other, each in force before the next. */
async function passThrough(name: string, letters: string, more: object = {}): Promise<void> {
  for (const letter of letters) {
    await apply(name, { image: image(letter), ...more });
    await until(async () => (await specsOf(name, "image")).at(-1) === image(letter), `${letter} to be in force`);
  }
}

const undo = (...words: readonly string[]) => typePalisade(cluster, ["undo", ...words, "-n", SHOP], "bob");

beforeAll(async () => {
  await untilPoliciesStand(cluster);
  const binding = ["create", "rolebinding", "app-team", "--clusterrole=palisade-app-team", "--user=bob", "-n", SHOP];
  await kubectl(cluster, binding);
  await passThrough("web", "abcdef");
}, 300_000);

test("the last five specs in force are kept, each once, and belong to the workload", async () => {
  const revisions = await revisionsOf("web");
  expect(revisions.map((revision) => field(revision, "data.spec.image"))).toEqual([..."bcdef"].map(image));
  expect(revisions.map(({ revision }) => revision)).toEqual([2, 3, 4, 5, 6]);
  const uid = (await look.get("sw", "web"))?.metadata.uid;
  for (const { metadata } of revisions) {
    expect(metadata.ownerReferences).toMatchObject([{ kind: "SecureWorkload", name: "web", uid, controller: true }]);
    expect(metadata.labels).not.toHaveProperty(["palisade.dev/workload"]);
  }
});

test("scaling and restarts are no specs of their own", async () => {
  await kubectl(cluster, ["scale", "sw", "web", "--replicas=2", "-n", SHOP], { user: "bob" });
  const restart = { spec: { restartedAt: "2026-01-01T00:00:00Z" } };
  await kubectl(cluster, [...patch("sw web", restart), "-n", SHOP], { user: "bob" });
  await until(async () => {
    const template = field(await look.get("deploy", "web"), "spec.template.metadata.annotations") ?? {};
    return JSON.stringify(template).includes("2026-01-01");
  }, "the restart");
  expect(await specsOf("web", "image")).toEqual([..."bcdef"].map(image));
});

test("a spec that does not come into force is not in the history, and undo goes back to the one that is", async () => {
  await apply("web", { image: `evil.example.com/miner@sha256:${"9".repeat(64)}` });
  await until(async () => {
    const live = await look.get("sw", "web");
    return field(live, "status.observedGeneration") === live?.metadata.generation;
  }, "the spec to be seen");
  expect(await specsOf("web", "image")).toEqual([..."bcdef"].map(image));
  const { code, stdout } = await undo("web", "-o", "json");
  expect(code).toBe(0);
  expect(ANSWERS.Undo.parse(JSON.parse(stdout))).toMatchObject({ revision: 6, applied: true });
  expect(field(await look.get("sw", "web"), "spec.image")).toBe(image("f"));
});

describe("going back", () => {
  test("is one command with the rights of the team: the spec is in force again, and the latest of the history", async () => {
    await kubectl(cluster, ["scale", "sw", "web", "--replicas=3", "-n", SHOP], { user: "bob" });
    const { code, stdout, stderr } = await undo("web");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(`spec.image: "${image("f")}" -> "${image("e")}"`);
    await until(
      async () => field(await look.get("deploy", "web"), "spec.template.spec.containers.0.image") === image("e"),
      "the image before to run",
    );
    await becomes("web", "image", [..."bcdfe"].map(image));
    expect(field(await look.get("sw", "web"), "spec.replicas")).toBe(3);
  });

  test("lists what there is", async () => {
    const { code, stdout } = await undo("web", "--list");
    expect(code).toBe(0);
    expect(stdout.split("\n")[1]).toMatch(/^7\* .*spec\.image/);
  });

  test("needs no tool of ours", async () => {
    const [oldest] = await revisionsOf("web");
    const path = ["-o", "jsonpath={.data.spec}"];
    const spec = await kubectl(
      cluster,
      ["get", "controllerrevision", oldest?.metadata.name ?? "", "-n", SHOP, ...path],
      { user: "bob" },
    );
    const operation = `[{"op":"replace","path":"/spec","value":${spec}}]`;
    await kubectl(cluster, ["patch", "sw", "web", "-n", SHOP, "--type=json", "-p", operation], { user: "bob" });
    await becomes("web", "image", [..."cdfeb"].map(image));
  });

  test("asks for the rights that the spec needs: a Secret that its author may not name is refused", async () => {
    const secret = { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "key", key: "key" } } }] };
    await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("keyed", SHOP, { image: image("a"), ...secret }) });
    await until(async () => (await revisionsOf("keyed")).length === 1, "the first spec");
    await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("keyed", SHOP, { image: image("b") }) });
    await until(async () => (await revisionsOf("keyed")).length === 2, "the second spec");
    const rules = [
      { apiGroups: ["palisade.dev"], resources: ["secureworkloads"], verbs: ["get", "patch"] },
      { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: ["list"] },
    ];
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "little" }, rules };
    await kubectl(cluster, ["apply", "-n", SHOP, "-f", "-"], { input: role });
    await kubectl(cluster, ["create", "rolebinding", "little", "--role=little", "--user=carol", "-n", SHOP]);
    const refused = await typePalisade(cluster, ["undo", "keyed", "-n", SHOP], "carol");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("You may not use Secret key");
    expect((await undo("keyed")).code).toBe(0);
  });
});

test("a StatefulSet keeps its own revisions, and neither counts nor takes those of its workload", async () => {
  await passThrough("db", "abcdef", { type: "StatefulSet" });
  const rollouts = await kubectl(cluster, ["rollout", "history", "sts/db", "-n", SHOP]);
  const own = (await look.list("controllerrevisions", "-l", "palisade.dev/workload=db")).map(
    ({ metadata }) => metadata.ownerReferences?.[0]?.kind,
  );
  expect(own.length).toBeGreaterThan(0);
  expect(new Set(own)).toEqual(new Set(["StatefulSet"]));
  expect(rollouts.split("\n").filter((line) => /^\d+/.test(line))).toHaveLength(own.length);
  expect(await specsOf("db", "image")).toEqual([..."bcdef"].map(image));
});

const { refuses, allows } = attempts(() => cluster, SHOP);
const FORGED = {
  apiVersion: "apps/v1",
  kind: "ControllerRevision",
  data: { spec: { image: "evil.example.com/miner:1" } },
  revision: 99,
};

describe("palisade-owned-objects refuses", () => {
  let newest: string;
  beforeAll(async () => {
    newest = (await revisionsOf("web")).at(-1)?.metadata.name ?? "";
  });
  const forged = async (labels: object, owned = false): Promise<object> => ({
    ...FORGED,
    metadata: {
      name: `web.${"0".repeat(20)}`,
      namespace: SHOP,
      labels,
      ...(owned ? { ownerReferences: (await revisionsOf("web"))[0]?.metadata.ownerReferences } : {}),
    },
  });
  const says = "palisade";
  refuses("palisade-owned-objects", [
    {
      title: "a forged revision by its label",
      user: "platform",
      args: CREATE,
      input: () => forged({ "palisade.dev/history": "web" }),
      says,
    },
    { title: "one by its owner", user: "platform", args: CREATE, input: () => forged({}, true), says },
  ]);

  test.each([
    ["a revision deleted", (name: string) => ["delete", "controllerrevision", name]],
    ["all of them deleted", () => ["delete", "controllerrevisions", "-l", "palisade.dev/history=web"]],
    ["its number changed", (name: string) => patch(`controllerrevision ${name}`, { revision: 1 })],
    [
      "its label taken off",
      (name: string) => patch(`controllerrevision ${name}`, { metadata: { labels: { "palisade.dev/history": null } } }),
    ],
  ])("%s", async (_what, args) => {
    const before = await revisionsOf("web");
    const { stderr, code } = await cluster.kubectl([...args(newest), "-n", SHOP], { user: "platform" });
    expect(code).not.toBe(0);
    expect(stderr).toContain("palisade-owned-objects");
    expect(await revisionsOf("web")).toEqual(before);
  });

  describe("not", () => {
    allows([
      {
        title: "a revision of somebody's own",
        user: "platform",
        args: CREATE,
        input: async () => ({ ...FORGED, metadata: { name: "theirs", namespace: SHOP } }),
      },
    ]);
  });
});

test("a history goes with its workload, and one of the same name begins anew", async () => {
  await kubectl(cluster, ["delete", "sw", "web", "-n", SHOP], { user: "bob" });
  await until(async () => (await revisionsOf("web")).length === 0, "the history to go");
  await passThrough("web", "a");
  expect((await revisionsOf("web")).map(({ revision }) => revision)).toEqual([1]);
});
