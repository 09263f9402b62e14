import { expect, test } from "@jest/globals";
import { plotOf } from "./plot.ts";

const figure = plotOf("memory", "MiB", [
  {
    name: "peer",
    color: "#d55e00",
    points: [
      [1, 35],
      [10_000, 693],
    ],
  },
  {
    name: "Palisade",
    color: "#0072b2",
    points: [
      [1, 139],
      [10_000, 442],
    ],
  },
]);

test("a figure holds a line for each contender and a mark for each size", () => {
  expect(figure.match(/<polyline/g)).toHaveLength(2);
  expect(figure.match(/<circle/g)).toHaveLength(4);
  expect(figure).toContain(">10,000</text>");
});

test("what is more stands higher, and the least size stands left", () => {
  const [peerLeft = "", peerRight = "", ownLeft = "", ownRight = ""] = [
    ...figure.matchAll(/cx="([^"]+)" cy="([^"]+)"/g),
  ].map(([, x, y]) => `${x} ${y}`);
  const [x, y] = [0, 1].map((part) => (place: string) => Number(place.split(" ")[part]));
  if (x === undefined || y === undefined) throw new Error("no places");
  expect(x(peerLeft)).toBe(x(ownLeft));
  expect(x(peerLeft)).toBeLessThan(x(peerRight));
  expect(y(peerRight)).toBeLessThan(y(ownRight));
  expect(y(ownLeft)).toBeLessThan(y(peerLeft));
});

test("one size alone is drawn too", () => {
  expect(plotOf("memory", "MiB", [{ name: "peer", color: "#000000", points: [[200, 0]] }])).not.toContain("NaN");
});
