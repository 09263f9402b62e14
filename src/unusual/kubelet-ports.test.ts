/** What answers of a node's ports mean. */
import { expect, test } from "@jest/globals";
import { isNodeAddress, judgePorts, openWords, portsOf, type Reply } from "./kubelet-ports.ts";

const judged = (...replies: readonly Reply[]) =>
  judgePorts(portsOf().map((port, index) => ({ port, reply: replies[index] ?? "silent" })));

test("a kubelet that asks for a login is reached, and nothing is open", () => {
  expect(judged(401, "refused", "refused", "refused")).toEqual({ isReached: true, open: [] });
  expect(judged(403, "silent")).toEqual({ isReached: true, open: [] });
});

test("a port that gives its content is open", () => {
  const { open, isReached } = judged(401, 200);
  expect(isReached).toBe(true);
  expect(openWords(open)).toBe("the kubelet's read-only port answers on port 10255 without login");
  expect(openWords(judged(200).open)).toBe("the kubelet answers on port 10250 without login");
});

test("a node that nobody reaches is unknown, and not closed", () => {
  expect(judged("silent", "silent", "silent", "silent").isReached).toBe(false);
  expect(judged("silent", "refused").isReached).toBe(false);
});

test("the kubelet's port is the one that the node names", () => {
  expect(portsOf(20_250)[0]?.port).toBe(20_250);
});

test.each([
  ["10.0.0.7", true],
  ["192.168.1.1", true],
  ["2001:db8::7", true],
  ["127.0.0.1", false],
  ["169.254.169.254", false],
  ["::1", false],
  ["::ffff:169.254.169.254", false],
  ["fe80::1", false],
  ["fd00:ec2::254", false],
  ["0.0.0.0", false],
  ["224.0.0.1", false],
])("%s is the address of a node: %s", (address, expected) => {
  expect(isNodeAddress(address)).toBe(expected);
});
