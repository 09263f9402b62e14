import { settle } from "../../test/support/fake-clock.ts";
import { Gate } from "./gate.ts";

interface Visitor {
  readonly name: string;
  leave(): void;
}

function aGate(limit: () => number) {
  const gate = new Gate(limit);
  const inside: Visitor[] = [];
  const enter = (name: string, fails = false): Promise<string> =>
    gate.through(
      () =>
        new Promise((resolve, reject) => {
          inside.push({ name, leave: () => (fails ? reject(new Error(name)) : resolve(name)) });
        }),
    );
  const leave = async (): Promise<void> => {
    inside.shift()?.leave();
    await settle();
  };
  return { enter, leave, names: () => inside.map(({ name }) => name) };
}

test("lets in as many as the limit says, in the order they came", async () => {
  const { enter, leave, names } = aGate(() => 2);
  const all = Promise.all(["a", "b", "c", "d"].map((name) => enter(name)));
  await settle();
  expect(names()).toEqual(["a", "b"]);
  await leave();
  expect(names()).toEqual(["b", "c"]);
  await leave();
  await leave();
  await leave();
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("follows the limit as it moves, and lets in for one who failed", async () => {
  let limit = 1;
  const { enter, leave, names } = aGate(() => limit);
  const failed = enter("a", true).catch((error: Error) => error.message);
  const rest = Promise.all(["b", "c", "d"].map((name) => enter(name)));
  await settle();
  expect(names()).toEqual(["a"]);
  limit = 2;
  await leave();
  expect(await failed).toBe("a");
  expect(names()).toEqual(["b", "c"]);
  await leave();
  await leave();
  await leave();
  await rest;
});
