/** What the platform team lifts, for one workload and for a time: the pods follow, everybody is told, and it ends by itself. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { LIFTED_ANNOTATION } from "../../src/crds/group.ts";
import { POD_POLICIES } from "../../src/policies/index.ts";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { anException } from "../support/exceptions.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { setBaseline } from "../support/platform.ts";
import { SteppedClock } from "../support/stepped-clock.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const clock = new SteppedClock();
const namespace = uniqueNamespace("exceptions");
const HOUR_MS = 3_600_000;

/** The operator's clock, set wrong by so much. */
function setAhead(hours: number): void {
  clock.step(hours * HOUR_MS - (clock.now() - Date.now()));
}

const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });
const platform = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, args, { user: "platform", ...(input === undefined ? {} : { input }) });

const except = (name: string, spec: object): Promise<string> =>
  platform(["create", "-f", "-"], anException(name, { workload: { namespace, name: "web" }, ...spec }));

const palisade = usePalisade({ namespaces: [namespace], clock });
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  await setBaseline(cluster, {});
  await alice(["apply", "-f", "-"], aWorkload("web", namespace, { replicas: 2 }));
  await until(async () => (await pods()).length === 2, "the pods of web");
});

const live = async (kind: string, name: string): Promise<KubeObject> => {
  const object = await look.get(kind, name);
  if (object === undefined) throw new Error(`there is no ${kind} ${name}`);
  return object;
};
const pods = async (): Promise<readonly KubeObject[]> =>
  (await look.list("pod", "-l", "palisade.dev/workload=web")).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
const uids = async (): Promise<readonly string[]> => (await pods()).map(({ metadata }) => metadata.uid ?? "").sort();
const template = async () => field(await live("deployment", "web"), "spec.template") as KubeObject;
const isReadOnly = async (): Promise<boolean> =>
  JSON.stringify(await template()).includes('"readOnlyRootFilesystem":true');
const lifted = async (): Promise<string | undefined> => (await template()).metadata.annotations?.[LIFTED_ANNOTATION];
const enforced = async (): Promise<string | undefined> =>
  (await live("namespace", namespace)).metadata.labels?.["pod-security.kubernetes.io/enforce"];
const state = async (name: string): Promise<unknown> => field(await live("sx", name), "status.conditions.0.reason");
const isLocked = async (): Promise<boolean> =>
  (await isReadOnly()) && (await lifted()) === undefined && (await enforced()) === "restricted";

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

const told = async (reason: string, kind = "SecureWorkload"): Promise<readonly Told[]> => {
  const text = await kubectl(cluster, ["get", "events.events.k8s.io", "-A", "-o", "json"]);
  const { items } = JSON.parse(text) as { readonly items: readonly Told[] };
  return items.filter((event) => event.reason === reason && event.regarding.kind === kind);
};
const isTold = (name: string, reason: string, kind?: string) => async (): Promise<boolean> =>
  (await told(reason, kind)).some(({ note }) => note.includes(`SecurityException ${name}:`));

describe("rules that are lifted", () => {
  const name = "unpacks-itself";

  test("are the platform team's to lift, and not the team's", async () => {
    const { code, stderr } = await cluster.kubectl(["create", "-f", "-"], {
      user: "alice",
      input: JSON.stringify(anException("mine", { workload: { namespace, name: "web" } })),
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("forbidden");
  });

  test("are left out of the pods, which say so, and the namespace admits them", async () => {
    await except(name, { lifts: ["read-only-root", "non-root"] });
    await until(async () => !(await isReadOnly()), "a writable root");
    expect(await lifted()).toBe(",non-root,read-only-root,");
    expect(await enforced()).toBe("baseline");
    const labels = (await live("namespace", namespace)).metadata.labels ?? {};
    expect(labels["pod-security.kubernetes.io/warn"]).toBe("restricted");
    await until(
      async () => (await pods()).some(({ metadata }) => metadata.annotations?.[LIFTED_ANNOTATION] !== undefined),
      "a pod of it",
    );
    const spec = field(await template(), "spec");
    expect(field(spec, "securityContext.runAsUser")).toBeUndefined();
    expect(JSON.stringify(spec)).toContain('"allowPrivilegeEscalation":false');
  });

  test("are told of where somebody looks: workload, exception, baseline, Events and metrics", async () => {
    await until(async () => (await look.condition("web", "Relaxed"))?.status === "True", "the condition");
    const web = await live("sw", "web");
    expect((await look.condition("web", "Relaxed"))?.message).toContain("the vendor's program unpacks itself");
    expect(field(web, "status.exceptions.0")).toMatchObject({ name, lifts: ["read-only-root", "non-root"] });
    expect(field(web, "status.hardening.rules")).toBe(POD_POLICIES.length - 2);
    await until(async () => (await state(name)) === "InForce", "its state");
    await until(isTold(name, "ExceptionActive"), "an Event on the workload");
    await until(isTold(name, "ExceptionActive", "SecurityException"), "an Event on the exception");
    await until(
      async () =>
        field(JSON.parse(await platform(["get", "sb", "cluster", "-o", "json"])), "status.exceptions.inForce") === 1,
      "the baseline's count",
    );
    const metrics = await palisade.running.operator.registry.metrics();
    expect(metrics).toContain('palisade_security_exceptions{state="InForce"} 1');
    expect(metrics).toContain(`palisade_security_exception_expiry_timestamp_seconds{exception="${name}"}`);
  });

  test("excuse nothing else: another change is undone, and a level that somebody lowers is put back for pods to stay", async () => {
    const patch = { spec: { template: { spec: { shareProcessNamespace: true } } } };
    await alice(["patch", "deployment", "web", "-p", JSON.stringify(patch)]);
    await until(async () => field(await template(), "spec.shareProcessNamespace") === undefined, "processes apart");
    // A pod of the changed template may have come meanwhile, and goes.
    await settled(cluster);
    const before = await uids();
    await kubectl(cluster, [
      "label",
      "namespace",
      namespace,
      "pod-security.kubernetes.io/enforce=privileged",
      "--overwrite",
    ]);
    await until(async () => (await enforced()) === "baseline", "the level that the exception needs");
    expect(await uids()).toEqual(before);
  });

  test("are said to end soon, and end by themselves", async () => {
    setAhead(13);
    await until(
      async () => (await look.condition("web", "ExceptionExpiring"))?.status === "True",
      "the warning",
      60_000,
    );
    await until(isTold(name, "ExceptionExpiring"), "an Event");
    const corrected = (await look.corrections()).length;
    setAhead(25);
    await until(isLocked, "every rule again", 60_000);
    await until(async () => (await state(name)) === "Expired", "its state");
    await until(isTold(name, "ExceptionExpired"), "an Event on the workload");
    await until(isTold(name, "ExceptionExpired", "SecurityException"), "an Event on the exception");
    await until(async () => (await look.condition("web", "Relaxed")) === undefined, "no condition");
    expect(field(await live("sw", "web"), "status.exceptions")).toBeUndefined();
    expect((await look.corrections()).length).toBe(corrected);
  });

  test("stay in force no more when the clock is set back", async () => {
    setAhead(0);
    await alice(["annotate", "sw", "web", "looked=again"]);
    await except("wakes-it", { lifts: ["no-service-links"] });
    await until(async () => (await lifted()) === ",no-service-links,", "the other one alone");
    expect(await state(name)).toBe("Expired");
    expect(await enforced()).toBe("restricted");
  });

  test("are held to again at once when the exception is deleted", async () => {
    await platform(["delete", "sx", "wakes-it", name]);
    await until(isLocked, "every rule again");
    await until(isTold("wakes-it", "ExceptionDeleted"), "an Event");
  });

  test("are held to again after a restart, when they ended meanwhile", async () => {
    await except("overslept", { lifts: ["read-only-root", "drop-capabilities"], validFor: "30m" });
    await until(async () => (await lifted()) === ",drop-capabilities,read-only-root,", "lifted");
    await until(async () => (await state("overslept")) === "InForce", "its state");
    await palisade.stop();
    setAhead(1);
    const corrected = (await look.corrections()).length;
    await palisade.start();
    await until(isLocked, "every rule again", 60_000);
    await until(isTold("overslept", "ExceptionExpired"), "an Event");
    expect((await look.corrections()).length).toBe(corrected);
    await platform(["delete", "sx", "overslept"]);
    setAhead(0);
  }, 120_000);
});

test("a Job whose run has ended is not run again when its exception begins or ends", async () => {
  await alice(["apply", "-f", "-"], aWorkload("migrate", namespace, { type: "Job", ports: undefined }));
  const job = async (): Promise<string | undefined> => (await look.get("job", "migrate"))?.metadata.uid;
  await until(async () => (await job()) !== undefined, "the Job");
  const before = await job();
  const runs = () => look.list("pod", "-l", "palisade.dev/workload=migrate");
  await until(async () => (await runs()).length === 1, "its pod");
  const [run] = await runs();
  const ended = ["-p", JSON.stringify({ status: { phase: "Succeeded" } })];
  const pod = ["pod", run?.metadata.name ?? "", "-n", namespace];
  await kubectl(cluster, ["patch", ...pod, "--subresource=status", "--type=merge", ...ended]);
  await until(async () => (await look.condition("migrate", "Ready"))?.reason === "Completed", "its end to be seen");
  await except("late", { workload: { namespace, name: "migrate" } });
  await until(async () => (await look.condition("migrate", "Relaxed"))?.status === "True", "the condition");
  await platform(["delete", "sx", "late"]);
  await until(async () => (await look.condition("migrate", "Relaxed")) === undefined, "no condition");
  expect(await job()).toBe(before);
});

test("an exception for a workload that is not there says so, and opens nothing", async () => {
  await except("nobody", {
    workload: { namespace, name: "nobody" },
    lifts: undefined,
    breakGlass: { user: "bob" },
    validFor: "1h",
  });
  await until(async () => (await state("nobody")) === "WorkloadMissing", "its state");
  expect(await look.get("role", "palisade:breakglass:nobody")).toBeUndefined();
  await platform(["delete", "sx", "nobody"]);
});

describe("break-glass", () => {
  const name = "incident-4711";
  const grant = `palisade:breakglass:${name}`;
  const mayEnter = async (): Promise<boolean> => {
    const args = ["auth", "can-i", "breakglass", "secureworkloads.palisade.dev", "-n", namespace];
    return (await cluster.kubectl(args, { user: "bob" })).stdout.trim() === "yes";
  };
  let entered: readonly string[] = [];

  test("lets one person in, says why, and lifts no rule", async () => {
    expect(await mayEnter()).toBe(false);
    await except(name, { lifts: undefined, breakGlass: { user: "bob" }, validFor: "1h" });
    await until(mayEnter, "bob to be let in");
    await until(isTold(name, "BreakGlassOpened"), "an Event");
    expect((await told("BreakGlassOpened"))[0]?.note).toContain("bob may enter the pods");
    await until(async () => (await look.condition("web", "Relaxed"))?.status === "True", "the condition");
    expect(await isLocked()).toBe(true);
    expect(await palisade.running.operator.registry.metrics()).toContain("palisade_break_glass_exceptions 1");
    entered = await uids();
  });

  test("stays what it is when somebody widens, empties or deletes it", async () => {
    const binding = async (): Promise<unknown> => (await live("rolebinding", grant))["subjects"];
    const subjects = [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "team-a" }];
    await kubectl(cluster, [
      "patch",
      "rolebinding",
      grant,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      JSON.stringify({ subjects }),
    ]);
    await until(async () => JSON.stringify(await binding()).includes('"bob"'), "bob alone");
    expect(JSON.stringify(await binding())).not.toContain("team-a");
    await kubectl(cluster, ["patch", "role", grant, "-n", namespace, "--type=merge", "-p", '{"rules":[]}']);
    await until(
      async () => (JSON.stringify((await live("role", grant))["rules"]) ?? "").includes("breakglass"),
      "the verb",
    );
    await kubectl(cluster, ["delete", "role", grant, "-n", namespace]);
    await until(async () => (await look.get("role", grant)) !== undefined, "the Role");
    await until(
      async () => (await look.corrections()).some((note) => note.includes(`Recreated Role/${grant}`)),
      "an Event",
    );
  });

  test("ends by itself, and the pods that were there are replaced, one after the other", async () => {
    setAhead(2);
    await until(async () => !(await mayEnter()), "bob to be out", 60_000);
    expect(await look.get("role", grant)).toBeUndefined();
    expect(await look.get("rolebinding", grant)).toBeUndefined();
    await until(isTold(name, "BreakGlassClosed"), "an Event");
    await until(
      async () => (await uids()).length === 2 && (await uids()).every((uid) => !entered.includes(uid)),
      "new pods",
      60_000,
    );
    await until(
      async () => field(await live("sw", "web"), "status.exceptions") === undefined,
      "nothing left to do",
      60_000,
    );
  }, 240_000);

  test("is taken away after a restart, wherever a grant is left over", async () => {
    await palisade.stop();
    const role = "palisade:breakglass:forgotten";
    await kubectl(cluster, [
      "create",
      "role",
      role,
      "-n",
      namespace,
      "--verb=breakglass",
      "--resource=secureworkloads.palisade.dev",
    ]);
    await kubectl(cluster, ["create", "rolebinding", role, "-n", namespace, `--role=${role}`, "--user=bob"]);
    expect(await mayEnter()).toBe(true);
    await palisade.start();
    await until(async () => !(await mayEnter()), "bob to be out");
    await until(async () => (await look.get("role", role)) === undefined, "no Role");
  }, 120_000);
});
