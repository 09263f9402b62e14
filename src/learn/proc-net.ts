/** Socket tables as Linux prints them in `/proc/net/tcp` and `/proc/net/tcp6` (proc_net_tcp in the kernel's documentation). Pure. */
import ipaddr from "ipaddr.js";

export interface End {
  /** In its shortest text; an IPv4 address that IPv6 maps is IPv4. */
  readonly ip: string;
  readonly port: number;
}

export interface Socket {
  readonly local: End;
  readonly remote: End;
  /**
   * - `listening`: waits for connections.
   * - `connected`: both ends agreed on it, however it ended since.
   * - `other`: not yet a connection.
   */
  readonly state: "listening" | "connected" | "other";
}

/** include/net/tcp_states.h. SYN_SENT, SYN_RECV, CLOSE and NEW_SYN_RECV are no connection. */
const STATES: Readonly<Record<string, Socket["state"]>> = {
  "01": "connected",
  "04": "connected",
  "05": "connected",
  "06": "connected",
  "08": "connected",
  "09": "connected",
  "0A": "listening",
  "0B": "connected",
};

const LINE =
  /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+([0-9A-F]{2})\s/;

export type ByteOrder = "LE" | "BE";

/** Lines of any other form, the heading for example, are left out. The kernel prints each 32 bits of an address in the machine's byte order. */
export function readSockets(text: string, order: ByteOrder): readonly Socket[] {
  return text.split("\n").flatMap((line) => {
    const [, localIp, localPort, remoteIp, remotePort, state = ""] = LINE.exec(line) ?? [];
    if (localIp === undefined || remoteIp === undefined) return [];
    const local = { ip: addressOf(localIp, order), port: Number.parseInt(localPort ?? "", 16) };
    const remote = { ip: addressOf(remoteIp, order), port: Number.parseInt(remotePort ?? "", 16) };
    return [{ local, remote, state: STATES[state] ?? "other" }];
  });
}

function addressOf(hex: string, order: ByteOrder): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const inOrder = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return order === "LE" ? inOrder.reverse() : inOrder;
  });
  const isMapped =
    bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join(".");
  return ipaddr.fromByteArray(bytes).toString();
}
