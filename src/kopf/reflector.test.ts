import { pino } from "pino";
import { ApiError } from "./api-error.ts";
import type { KubeObject } from "./object.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";
import type { Resource } from "./resource.ts";
import { ScriptedApi } from "./test-support/scripted-api.ts";
import { FakeClock, settle } from "./testing.ts";
import type { WatchEvent } from "./transport-types.ts";

const WIDGET: Resource = { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true };

const widget = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name, namespace: "shop", uid: name, resourceVersion },
});

const modified = (name: string, version: string): WatchEvent => ({ type: "MODIFIED", object: widget(name, version) });

const bookmark = (resourceVersion: string): WatchEvent => ({
  type: "BOOKMARK",
  object: { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "", resourceVersion } },
});

const errorEvent = (code: number, reason: string): WatchEvent => ({
  type: "ERROR",
  object: { apiVersion: "v1", kind: "Status", metadata: { name: "" }, code, reason, message: "injected" },
});

/** Writes down what a sink is told. */
class Story {
  readonly lines: string[] = [];

  replace({ restored = false } = {}) {
    return {
      add: ({ apiVersion, kind, metadata }: KubeObject) =>
        this.lines.push(`list ${apiVersion} ${kind} ${metadata.name}`),
      commit: (version: string) => this.lines.push(`commit ${version}${restored ? " restored" : ""}`),
      end: () => {},
    };
  }

  apply({ type, object }: WatchEvent): void {
    this.lines.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
  }
}

interface Running {
  readonly api: ScriptedApi;
  readonly clock: FakeClock;
  readonly story: Story;
  readonly reflector: Reflector;
  stop(): Promise<void>;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Partial<ReflectorOptions> = {}): Promise<Running> {
  const [api, clock, story] = [new ScriptedApi(), new FakeClock(), new Story()];
  const reflector = new Reflector({
    transport: api.transport,
    resource: WIDGET,
    sink: story,
    clock,
    logger: pino({ level: "silent" }),
    random: () => 0.5,
    relistMs: 0,
    ...options,
  });
  const signal = new AbortController();
  const running = reflector.run(signal.signal);
  const stop = async (): Promise<void> => {
    signal.abort();
    await running;
  };
  stops.push(stop);
  await settle();
  return { api, clock, story, reflector, stop };
}

/** Listed at version 10 and watching. */
async function startWatching(options: Partial<ReflectorOptions> = {}): Promise<Running> {
  const running = await start(options);
  await running.api.list.answer("10", [widget("a", "5")]);
  return running;
}

test("lists page by page, says of each item what it is, and watches from the list's version with bookmarks", async () => {
  const { api, story, reflector } = await start({ namespace: "shop", labelSelector: "app=web", pageSize: 1 });
  expect(api.list.request).toMatchObject({
    path: "/apis/example.com/v1/namespaces/shop/widgets",
    query: { limit: 1, labelSelector: "app=web" },
  });
  expect(api.list.request.query).not.toHaveProperty("resourceVersion");
  const { metadata } = widget("a", "5");
  await api.list.answer("10", [{ metadata } as KubeObject], "next-page");
  expect(api.watches).toHaveLength(0);
  expect(api.list.request.query).toMatchObject({ continue: "next-page", labelSelector: "app=web" });
  await api.list.answer("10", [widget("b", "6")]);
  await reflector.synced;
  expect(story.lines).toEqual(["list example.com/v1 Widget a", "list example.com/v1 Widget b", "commit 10"]);
  expect(api.watch.request.query).toMatchObject({
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: "10",
    labelSelector: "app=web",
    timeoutSeconds: 440,
  });
});

test("takes Go's null for an empty list", async () => {
  const { api, story } = await start();
  await api.list.answer("10", null as unknown as readonly KubeObject[]);
  expect(story.lines).toEqual(["commit 10"]);
});

test("goes on at once, from the last version seen, when the server closes the watch", async () => {
  const { api, clock, story } = await startWatching();
  await clock.advance(60_000);
  await api.watch.send(modified("a", "11"), bookmark("17"));
  await api.watch.close();
  expect(api.watches).toHaveLength(2);
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "17" });
  expect(story.lines.slice(2)).toEqual(["MODIFIED a 11"]);
});

test("waits before it goes on when the server closes every watch as soon as it is open", async () => {
  const { api, clock } = await startWatching();
  await api.watch.close();
  expect(api.watches).toHaveLength(1);
  await clock.advance(200);
  expect(api.watches).toHaveLength(2);
});

test("resumes from the last version after a broken connection, sooner at first and later than every 30 s never", async () => {
  const { api, clock } = await startWatching();
  await api.watch.send(modified("a", "11"));
  const refused = (): ApiError => new ApiError("connect refused", { status: 0, reason: "Unreachable" });
  const waits: number[] = [];
  for (let failure = 0; failure < 9; failure += 1) {
    const before = api.watches.length;
    const fromMs = clock.monotonicMs();
    await api.watch.fail(refused());
    while (api.watches.length === before) await clock.advance(100);
    waits.push(clock.monotonicMs() - fromMs);
  }
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "11" });
  expect(waits).toEqual([100, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
  expect(api.lists).toHaveLength(1);
});

test("starts its waits anew after a stream that was long enough alive", async () => {
  const { api, clock } = await startWatching();
  for (let failure = 0; failure < 6; failure += 1) {
    await api.watch.fail(new ApiError("connect refused", { status: 0, reason: "Unreachable" }));
    await clock.advance(30_000);
  }
  await api.watch.send(bookmark("12"));
  const before = api.watches.length;
  await clock.advance(40_000);
  await api.watch.send(bookmark("13"));
  await api.watch.fail(new ApiError("reset", { status: 0, reason: "Broken" }));
  await clock.advance(1_000);
  expect(api.watches).toHaveLength(before + 1);
});

test.each([
  {
    name: "as an answer",
    break: ({ api }: Running) => api.watch.fail(new ApiError("gone", { status: 410, reason: "Expired" })),
  },
  { name: "in the stream", break: ({ api }: Running) => api.watch.send(errorEvent(410, "Expired")) },
])("lists anew at once on a 410 $name", async ({ break: breakWatch }) => {
  const running = await startWatching();
  await breakWatch(running);
  await running.clock.advance(0);
  expect(running.api.lists).toHaveLength(2);
  await running.api.list.answer("20", []);
  expect(running.api.watch.request.query).toMatchObject({ resourceVersion: "20" });
});

test("resumes after another error in the stream, and doubts the version after three", async () => {
  const { api, clock } = await startWatching();
  for (let failure = 0; failure < 3; failure += 1) {
    expect(api.lists).toHaveLength(1);
    await api.watch.send(errorEvent(500, "InternalError"));
    await clock.advance(10_000);
  }
  expect(api.lists).toHaveLength(2);
});

test("waits as long as the server asks, on a watch and on a list", async () => {
  const { api, clock } = await startWatching();
  const busy = new ApiError("busy", { status: 429, reason: "TooManyRequests", retryAfterMs: 7_000 });
  await api.watch.fail(busy);
  await clock.advance(6_999);
  expect(api.watches).toHaveLength(1);
  await clock.advance(1);
  expect(api.watches).toHaveLength(2);
  await api.watch.fail(new ApiError("gone", { status: 410 }));
  await clock.advance(2_000);
  await api.list.fail(busy);
  await clock.advance(6_999);
  expect(api.lists).toHaveLength(2);
  await clock.advance(1);
  expect(api.lists).toHaveLength(3);
});

test("drops a watch on which nothing came for 70 s, resumes, and lists anew when it happens again", async () => {
  const { api, clock } = await startWatching();
  await clock.advance(60_000);
  await api.watch.send(bookmark("12"));
  await clock.advance(69_999);
  expect(api.watches).toHaveLength(1);
  await clock.advance(1_000);
  expect(api.watches[0]?.request.signal.aborted).toBe(true);
  expect(api.watches).toHaveLength(2);
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "12" });
  expect(api.lists).toHaveLength(1);
  // The second time in a row without a byte.
  await clock.advance(75_000);
  await clock.advance(1_000);
  expect(api.lists.length + api.watches.length).toBeGreaterThan(3);
});

test("delivers nothing of a stream that it has dropped", async () => {
  const { api, clock, story } = await startWatching();
  const dead = api.watch;
  await clock.advance(71_000);
  expect(api.watches.length).toBeGreaterThan(1);
  await dead.send(modified("a", "99"));
  expect(story.lines).not.toContain("MODIFIED a 99");
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "10" });
});

test("delivers nothing after it was stopped, even of a batch that had begun", async () => {
  const seen: string[] = [];
  const stopping = new AbortController();
  const api = new ScriptedApi();
  const reflector = new Reflector({
    transport: api.transport,
    resource: WIDGET,
    sink: {
      replace: () => ({ add: () => {}, commit: () => {}, end: () => {} }),
      apply: ({ object }) => {
        seen.push(object.metadata.name);
        stopping.abort();
      },
    },
    clock: new FakeClock(),
    logger: pino({ level: "silent" }),
  });
  const running = reflector.run(stopping.signal);
  await settle();
  await api.list.answer("10", []);
  await api.watch.send(modified("a", "11"), modified("b", "12"));
  await running;
  expect(seen).toEqual(["a"]);
});

test("applies an event again rather than lose it when its sink fails", async () => {
  const story = new Story();
  const apply = story.apply.bind(story);
  let failures = 1;
  story.apply = (event) => {
    if (failures-- > 0) throw new Error("sink failed");
    apply(event);
  };
  const { api, clock } = await startWatching({ sink: story });
  await api.watch.send(modified("a", "11"));
  await clock.advance(1_000);
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "10" });
});

test("lists again beside the running watch from time to time, and tries again soon when that fails", async () => {
  const { api, clock, story } = await startWatching({ relistMs: 600_000, idleMs: 10_000_000 });
  await clock.advance(750_000 - 1);
  expect(api.lists).toHaveLength(1);
  await clock.advance(1);
  expect(api.lists).toHaveLength(2);
  await api.watch.send(modified("a", "11"));
  expect(story.lines.at(-1)).toBe("MODIFIED a 11");
  await api.list.fail(new ApiError("refused", { status: 500 }));
  await clock.advance(30_000);
  expect(api.lists).toHaveLength(3);
  await api.list.answer("12", [widget("a", "11")]);
  expect(story.lines.at(-1)).toBe("commit 12");
  expect(api.watches).toHaveLength(1);
});

test("commits nothing of a list that fails halfway", async () => {
  const { api, clock, story } = await start();
  await api.list.answer("10", [widget("a", "5")], "next-page");
  await api.list.fail(new ApiError("expired", { status: 410, reason: "Expired" }));
  expect(story.lines).toEqual(["list example.com/v1 Widget a"]);
  await clock.advance(1_000);
  expect(api.list.request.query).toMatchObject({ continue: undefined });
  await api.list.answer("11", [widget("a", "5")]);
  expect(story.lines.at(-1)).toBe("commit 11");
});

test("takes the list as it is when the server went back in time", async () => {
  const { api, clock, story } = await startWatching();
  await api.watch.send(modified("a", "5000"));
  await api.watch.fail(new ApiError("gone", { status: 410 }));
  await clock.advance(1_000);
  await api.list.answer("700", [widget("a", "600")]);
  expect(story.lines.at(-1)).toBe("commit 700 restored");
  expect(api.watch.request.query).toMatchObject({ resourceVersion: "700" });
});

test("ends only when it is stopped, and leaves no timer and no listener", async () => {
  const { api, clock, stop } = await startWatching({ relistMs: 600_000 });
  await api.watch.fail(new TypeError("a mistake in the transport"));
  await clock.advance(10_000);
  expect(api.watches).toHaveLength(2);
  await stop();
  expect(clock.pending).toBe(0);
});

test("does not run twice at once", async () => {
  const { reflector } = await startWatching();
  await expect(reflector.run(new AbortController().signal)).rejects.toThrow("runs already");
});

test("an optional kind that is not served is empty and in sync, and is listed as soon as it is", async () => {
  const { api, clock, story, reflector } = await start({ optional: true });
  await api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  await reflector.synced;
  expect(story.lines).toEqual(["commit 0 restored"]);
  expect(reflector.served()).toBe(false);
  reflector.refresh();
  await settle();
  await api.list.answer("10", [widget("a", "5")]);
  expect(reflector.served()).toBe(true);
  reflector.refresh();
  await settle();
  await api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  expect(story.lines.slice(1)).toEqual(["list example.com/v1 Widget a", "commit 10", "commit 0 restored"]);
  const before = api.lists.length;
  await clock.advance(30_000);
  expect(api.lists.length).toBe(before + 1);
});

test("a kind that is not optional is asked for until it is there", async () => {
  const { api, clock, story } = await start();
  await api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  await clock.advance(1_000);
  await api.list.answer("10", []);
  expect(story.lines).toEqual(["commit 10"]);
});

test("whoever asks is told when an optional kind comes and goes, after the sink", async () => {
  const told: string[] = [];
  const { api, story, reflector } = await start({
    optional: true,
    onServed: (served) => told.push(`${served} after ${story.lines.at(-1)}`),
  });
  await api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  expect(told).toEqual([]);
  reflector.refresh();
  await settle();
  await api.list.answer("10", []);
  reflector.refresh();
  await settle();
  await api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  expect(told).toEqual(["true after commit 10", "false after commit 0 restored"]);
});

test("after a refresh that came too early an optional kind is asked for soon, then ever more rarely", async () => {
  const { api, clock, reflector } = await start({ optional: true });
  const absent = () => api.list.fail(new ApiError("no such kind", { status: 404, reason: "NotFound" }));
  await absent();
  reflector.refresh();
  await settle();
  await absent();
  for (const waitMs of [500, 1_000, 2_000]) {
    const before = api.lists.length;
    await clock.advance(waitMs - 1);
    expect(api.lists.length).toBe(before);
    await clock.advance(1);
    expect(api.lists.length).toBe(before + 1);
    await absent();
  }
});
