import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { parseAllowList } from "./allow-list.ts";
import { type ContainerImage, type DeclaredImage, ImageDesk } from "./desk.ts";
import type { Pin } from "./pin.ts";
import { canonicalText } from "./reference.ts";
import type { Resolution } from "./resolver.ts";

const [A, B] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
const WEB1 = "registry.example.com/shop/web:1";
const WEB2 = "registry.example.com/shop/web:2";
const FOUND: Resolution = { kind: "found", digest: A };
const SILENT: Resolution = { kind: "unreachable", message: "no answer", retryAfterMs: 1_000 };

function aDesk() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const woken: string[] = [];
  const errors: unknown[] = [];
  const open: { readonly answer: (resolution: Resolution) => void; readonly fail: (error: Error) => void }[] = [];
  const desk = new ImageDesk({
    resolver: {
      resolve: (reference) =>
        new Promise((answer, fail) => {
          asked.push(canonicalText(reference));
          open.push({ answer, fail });
        }),
    },
    allowList: parseAllowList(["registry.example.com"]),
    clock,
    onError: (error) => errors.push(error),
  });
  desk.onAnswer((key) => woken.push(key));
  const pins = (
    declared: readonly DeclaredImage[],
    recorded: readonly ContainerImage[] = [],
    uid = "uid-1",
  ): ReadonlyMap<string, Pin> => desk.pins({ key: "shop/web", uid, declared, recorded });
  const pin = (image: string, recorded: readonly ContainerImage[] = []): Pin | undefined =>
    pins([{ container: "web", image }], recorded).get("web");
  const answer = async (resolution: Resolution): Promise<void> => {
    open.shift()?.answer(resolution);
    await settle();
  };
  const fail = async (error: Error): Promise<void> => {
    open.shift()?.fail(error);
    await settle();
  };
  return { desk, clock, asked, woken, errors, pins, pin, answer, fail };
}

test("a pass asks, waits for nothing, and the next one is woken by the answer", async () => {
  const { pin, asked, woken, answer } = aDesk();
  expect(pin(WEB1)).toMatchObject({ kind: "asking", lastGood: undefined });
  expect(pin(WEB1)).toMatchObject({ kind: "asking" });
  expect(woken).toEqual([]);
  await answer(FOUND);
  expect(woken).toEqual(["shop/web"]);
  expect(pin(WEB1)).toEqual({
    kind: "pinned",
    image: `registry.example.com/shop/web@${A}`,
    record: { image: WEB1, digest: A },
  });
  expect(asked).toEqual([WEB1]);
});

test("what the status says is believed at first, and from then on what was decided, whoever edits the status", () => {
  const { pin, asked } = aDesk();
  expect(pin(WEB1, [{ container: "web", image: WEB1, digest: A }])).toMatchObject({ kind: "pinned" });
  const forged = pin(WEB1, [{ container: "web", image: WEB1, digest: B }]);
  expect(forged).toMatchObject({ image: `registry.example.com/shop/web@${A}` });
  expect(pin(WEB1)).toEqual(forged);
  expect(asked).toEqual([]);
});

test("a change of the image that cannot be resolved keeps the last good one, and asks again when that is due", async () => {
  const { pin, clock, asked, answer } = aDesk();
  const recorded = [{ container: "web", image: WEB1, digest: A }];
  expect(pin(WEB2, recorded)).toMatchObject({ kind: "asking", lastGood: { record: { image: WEB1 } } });
  await answer(SILENT);
  expect(pin(WEB2, recorded)).toMatchObject({ kind: "kept", obstacle: { kind: "unreachable", retryAfterMs: 1_000 } });
  await clock.advance(600);
  expect(pin(WEB2, recorded)).toMatchObject({ kind: "kept", obstacle: { retryAfterMs: 400 } });
  expect(asked).toHaveLength(1);
  await clock.advance(400);
  expect(pin(WEB2, recorded)).toMatchObject({ kind: "kept", obstacle: { message: "no answer" } });
  expect(asked).toEqual([WEB2, WEB2]);
  await answer({ kind: "found", digest: B });
  expect(pin(WEB2, recorded)).toMatchObject({ kind: "pinned", record: { image: WEB2, digest: B } });
});

test("a forbidden image is asked for nowhere", () => {
  const { pin, asked } = aDesk();
  expect(pin("elsewhere.example.com/web:1")).toMatchObject({ kind: "unresolved", obstacle: { kind: "forbidden" } });
  expect(asked).toEqual([]);
});

test("a text that comes back is new, and asked for anew", async () => {
  const { pin, asked, answer } = aDesk();
  pin(WEB1);
  await answer(FOUND);
  pin(WEB1);
  pin(WEB2);
  await answer({ kind: "found", digest: B });
  pin(WEB2);
  expect(pin(WEB1)).toMatchObject({ kind: "asking", lastGood: { record: { image: WEB2 } } });
  expect(asked).toEqual([WEB1, WEB2, WEB1]);
});

test("containers are decided each by itself, and one text is asked for once", async () => {
  const { pins, asked, answer } = aDesk();
  const declared = [
    { container: "init", image: WEB1 },
    { container: "web", image: WEB1 },
    { container: "proxy", image: `${WEB2}@${B}` },
  ];
  expect([...pins(declared).values()].map(({ kind }) => kind)).toEqual(["asking", "asking", "pinned"]);
  expect(asked).toEqual([WEB1]);
  await answer(FOUND);
  expect([...pins(declared)].map(([container, { kind }]) => `${container} ${kind}`)).toEqual([
    "init pinned",
    "web pinned",
    "proxy pinned",
  ]);
  expect([...pins(declared.slice(1)).keys()]).toEqual(["web", "proxy"]);
});

test("a workload that is gone wakes nobody, and one made anew under its name begins anew", async () => {
  const { desk, pins, asked, woken, answer } = aDesk();
  pins([{ container: "web", image: WEB1 }]);
  desk.forget("uid-1");
  expect(pins([{ container: "web", image: WEB1 }], [], "uid-2").get("web")).toMatchObject({ kind: "asking" });
  await answer(FOUND);
  expect(woken).toEqual([]);
  await answer(FOUND);
  expect(woken).toEqual(["shop/web"]);
  expect(asked).toHaveLength(2);
});

test("a bug is told of, wakes nobody into a loop, and the next pass asks again", async () => {
  const { pin, asked, woken, errors, fail } = aDesk();
  pin(WEB1);
  await fail(new Error("bug"));
  expect(errors).toEqual([new Error("bug")]);
  expect(woken).toEqual([]);
  expect(pin(WEB1)).toMatchObject({ kind: "asking" });
  expect(asked).toHaveLength(2);
});
