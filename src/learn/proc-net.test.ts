/** Tables that were read on a machine of IPv4 and IPv6, with connections in every state that lasts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readSockets, type Socket } from "./proc-net.ts";
import { ConnectionMemory, readLine, type Sighting, sayLine } from "./sightings.ts";

const captured = (name: string): string =>
  readFileSync(join(import.meta.dirname, "..", "..", "test", "golden", "learn", name), "utf8");

const sockets = [...readSockets(captured("tcp.txt"), "LE"), ...readSockets(captured("tcp6.txt"), "LE")];

const said = ({ local, remote, state }: Socket): string =>
  `${local.ip} ${local.port} ${remote.ip} ${remote.port} ${state}`;

describe("socket tables", () => {
  test("give addresses, ports and states, and IPv4 where IPv6 maps it", () => {
    expect(sockets.map(said)).toEqual(
      expect.arrayContaining([
        "0.0.0.0 2024 0.0.0.0 0 listening",
        ":: 18080 :: 0 listening",
        "192.0.2.2 44934 192.0.2.2 18080 connected",
        "192.0.2.2 18080 192.0.2.2 44942 connected",
        "::1 45248 ::1 18080 connected",
        "192.0.2.2 41862 203.0.113.80 443 connected",
      ]),
    );
    expect(sockets).toHaveLength(20);
  });

  test.each([
    ["0A000105:1F90 0A000206:D431", "BE", "10.0.1.5 8080 10.0.2.6 54321 connected"],
    ["0501000A:1F90 0602000A:D431", "LE", "10.0.1.5 8080 10.0.2.6 54321 connected"],
    [
      "B80D0120000000000000000001000000:01BB B80D0120000000000000000002000000:C001",
      "LE",
      "2001:db8::1 443 2001:db8::2 49153 connected",
    ],
    [
      "0000000000000000FFFF00000501000A:0050 0000000000000000FFFF00000602000A:C001",
      "LE",
      "10.0.1.5 80 10.0.2.6 49153 connected",
    ],
    [
      "00000000000000000000FFFF0A000105:0050 00000000000000000000FFFF0A000206:C001",
      "BE",
      "10.0.1.5 80 10.0.2.6 49153 connected",
    ],
  ] as const)("are read in the machine's byte order: %s %s", (ends, order, expected) => {
    expect(readSockets(`  0: ${ends} 01 00000000:00000000`, order).map(said)).toEqual([expected]);
  });

  test.each([
    ["02", "other"],
    ["03", "other"],
    ["06", "connected"],
    ["07", "other"],
    ["08", "connected"],
    ["0C", "other"],
    ["FF", "other"],
  ])("tell what is a connection: state %s is %s", (state, expected) => {
    expect(readSockets(`  0: 0501000A:1F90 0602000A:D431 ${state} 0`, "LE")[0]?.state).toBe(expected);
  });

  test("leave out headings, cut lines and anything else", () => {
    expect(readSockets("  sl  local_address\n\n  0: 0501000A:1F90 0602", "LE")).toEqual([]);
  });
});

describe("a pod's connections", () => {
  test("come in where somebody listens on their own port, else go out; loopback is nobody", () => {
    const seen = new ConnectionMemory().add(sockets);
    expect(seen).toEqual(
      expect.arrayContaining([
        { direction: "in", peer: "192.0.2.2", port: 18080 },
        { direction: "out", peer: "192.0.2.2", port: 18080 },
        { direction: "out", peer: "203.0.113.80", port: 443 },
      ]),
    );
    expect(seen).toHaveLength(3);
  });

  test("are told once, and come in even when the server has just ended", () => {
    const memory = new ConnectionMemory();
    const end = (ip: string, port: number) => ({ ip, port });
    const called = (peer: string) =>
      ({ local: end("10.0.0.1", 80), remote: end(peer, 40_000), state: "connected" }) as const;
    memory.add([{ local: end("10.0.0.1", 80), remote: end("0.0.0.0", 0), state: "listening" }]);
    expect(memory.add([called("10.0.0.2")])).toEqual([{ direction: "in", peer: "10.0.0.2", port: 80 }]);
    expect(memory.add([called("10.0.0.2")])).toEqual([]);
    expect(memory.add([called("10.0.0.3")])).toHaveLength(1);
  });

  test("of a listener on another address go out", () => {
    const memory = new ConnectionMemory();
    memory.add([{ local: { ip: "127.0.0.1", port: 80 }, remote: { ip: "0.0.0.0", port: 0 }, state: "listening" }]);
    const connected = {
      local: { ip: "10.0.0.1", port: 80 },
      remote: { ip: "10.0.0.2", port: 9 },
      state: "connected",
    } as const;
    expect(memory.add([connected])).toEqual([{ direction: "out", peer: "10.0.0.2", port: 9 }]);
  });
});

test("lines of a watcher are read as they were said, and others are not", () => {
  const sightings: readonly Sighting[] = [
    { saw: "connection", connection: { direction: "in", peer: "10.0.0.2", port: 80 } },
    { saw: "write", directory: "/var/cache", hides: false },
    { saw: "user", user: 1000, group: 1000 },
    { saw: "nothing", of: "files", why: "no" },
    { saw: "end" },
  ];
  expect(sightings.map((one) => readLine(sayLine(one)))).toEqual(sightings);
  expect(['{"saw":"conn', "null", "1", '{"saw":"else"}', ""].map(readLine)).toEqual(Array(5).fill(undefined));
});
