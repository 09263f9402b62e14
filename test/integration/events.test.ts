/** Events as a real API server keeps them, and as `kubectl describe` would show them. */
import { type Client, EVENT, type EventInput, type EventRecorder, type KubeObject, systemClock } from "kopf-ts";
import { pino } from "pino";
import { createRecorder } from "../../src/kopf/events.ts";
import { kubectl } from "../support/cluster.ts";
import { CONFIG_MAP, configMap, createNamespace, directClient } from "../support/followed-cache.ts";
import { useCluster } from "../support/use-palisade.ts";

let client: Client;
let namespace: string;
let subject: KubeObject;
let dropped: number;

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  client = await directClient(cluster, "events.example");
});

afterAll(() => client.transport.close());

beforeEach(async () => {
  namespace = await createNamespace(client, "events");
  subject = await client.create(CONFIG_MAP, configMap(namespace, "subject"));
  dropped = 0;
});

function aRecorder(burst?: number): EventRecorder {
  return createRecorder({
    client,
    clock: systemClock,
    logger: pino({ level: "silent" }),
    controller: "events.example/operator",
    instance: "events-0",
    onDrop: () => {
      dropped += 1;
    },
    ...(burst === undefined ? {} : { burst }),
  });
}

const anEvent = (change: Partial<EventInput> = {}): EventInput => ({
  regarding: subject,
  type: "Warning",
  reason: "DriftCorrected",
  action: "Repair",
  note: "put back after 120 ms",
  ...change,
});

interface Stored extends KubeObject {
  readonly eventTime: string;
  readonly note: string;
  readonly regarding: { readonly uid: string; readonly name: string };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

const stored = async (from = namespace): Promise<readonly Stored[]> =>
  (await client.list<Stored>(EVENT, { namespace: from })).items;

async function record(recorder: EventRecorder, ...inputs: readonly EventInput[]): Promise<readonly Stored[]> {
  for (const input of inputs) recorder.event(input);
  await recorder.flush(30_000);
  return stored();
}

test("repeats of one event become one object with a series", async () => {
  const [event, ...others] = await record(aRecorder(), anEvent(), anEvent(), anEvent({ note: "put back after 7 ms" }));
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    reportingController: "events.example/operator",
    reportingInstance: "events-0",
    regarding: { kind: "ConfigMap", name: "subject", uid: subject.metadata.uid },
    series: { count: 3 },
  });
  expect(event?.eventTime).toMatch(/\.\d{6}Z$/);
  expect(event?.series?.lastObservedTime).toMatch(/\.\d{6}Z$/);
});

test("another reason, action, type or subject is another event", async () => {
  const related = { apiVersion: "v1", kind: "Secret", metadata: { name: "other", namespace } };
  const inputs = [
    anEvent(),
    anEvent({ reason: "Other" }),
    anEvent({ action: "Other" }),
    anEvent({ type: "Normal" }),
    anEvent({ related }),
  ];
  expect(await record(aRecorder(), ...inputs)).toHaveLength(5);
});

test("an event that was deleted, as the server does by age, is begun anew", async () => {
  const recorder = aRecorder();
  const [first] = await record(recorder, anEvent());
  await client.delete(EVENT, { namespace, name: first?.metadata.name ?? "" });
  const [second] = await record(recorder, anEvent());
  expect(second?.metadata.name).not.toBe(first?.metadata.name);
  expect(second?.series).toBeUndefined();
});

test("a note is cut at the API's bound, and never inside a character", async () => {
  const [event] = await record(aRecorder(), anEvent({ note: "ß€𝄞".repeat(300) }));
  expect(Buffer.byteLength(event?.note ?? "")).toBeLessThanOrEqual(1_024);
  expect(event?.note).toMatch(/[ß€𝄞]\.\.\.$/u);
});

test("an object whose name no Event may carry, without a namespace, is reported on in default", async () => {
  const name = `system:Test.-role-${crypto.randomUUID()}`;
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name } };
  await record(aRecorder(), anEvent({ regarding: role }));
  expect(dropped).toBe(0);
  expect((await stored("default")).map(({ regarding }) => regarding.name)).toContain(name);
});

test("one object cannot flood: what exceeds its burst is dropped and counted, others are heard", async () => {
  const other = await client.create(CONFIG_MAP, configMap(namespace, "other"));
  const flood = Array.from({ length: 20 }, () => anEvent());
  const events = await record(aRecorder(3), ...flood, anEvent({ regarding: other }));
  expect(events.map(({ regarding, series }) => [regarding.name, series?.count ?? 1]).sort()).toEqual([
    ["other", 1],
    ["subject", 3],
  ]);
  expect(dropped).toBe(17);
});

test("a refusal by the server is counted, and what comes after is sent", async () => {
  const nowhere = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "no-such-namespace" } };
  expect(await record(aRecorder(), anEvent({ regarding: nowhere }), anEvent())).toHaveLength(1);
  expect(dropped).toBe(1);
});

test("kubectl shows the event beside its object", async () => {
  await record(aRecorder(), anEvent(), anEvent());
  const shown = await kubectl(cluster, ["describe", "configmap", "subject", "-n", namespace]);
  expect(shown).toContain("DriftCorrected");
  expect(shown).toContain("put back after 120 ms");
});
