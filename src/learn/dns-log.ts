/** Lines of CoreDNS' `log` plugin: which hosts outside a pod asked for, and was answered. Pure. */
import type { AddressBook } from "./address-book.ts";
import type { Party, SeenEdges } from "./edges.ts";
import { isOutsideName } from "./outside-names.ts";
import type { LineReader } from "./source.ts";

/** The plugin's common format: `ADDRESS:PORT - ID "TYPE CLASS NAME PROTOCOL SIZE DO BUFSIZE" RCODE FLAGS SIZE DURATION`, whatever stands before. */
const LINE =
  /(?:^|\s)(?:\[(?<six>[0-9A-Fa-f:.%]+)\]|(?<four>\d+\.\d+\.\d+\.\d+)):\d+ - \d+ "(?<type>\S+) \S+ (?<name>\S+) [^"]*" (?<rcode>[A-Z]+) /;

const ADDRESSES: ReadonlySet<string> = new Set(["A", "AAAA", "HTTPS", "SVCB", "CNAME"]);

/** What CoreDNS logs beside queries. */
const OTHERS = /\[(INFO|WARNING|ERROR|FATAL|DEBUG)\]|^\.:|^CoreDNS-|^linux\//;

export const dnsReader =
  (seen: SeenEdges, book: AddressBook): LineReader =>
  (line) => {
    const { six, four = six, ...query } = LINE.exec(line)?.groups ?? {};
    if (four === undefined) return OTHERS.test(line) ? "passed over" : "broken";
    const host = hostIn(query);
    if (host === undefined) return "passed over";
    const edge = { from: askerAt(four, book), to: { kind: "host", host }, port: undefined, protocol: "TCP" } as const;
    seen.add(edge, `asked of DNS by ${four}`);
    return "read";
  };

/** Who asks the cluster's DNS is of the cluster, known or not. */
function askerAt(address: string, book: AddressBook): Party {
  const caller = book.callerAt(address);
  return caller.kind === "outside" ? { kind: "unknown", address } : caller;
}

/** Undefined for what is no address of the outside, and what was not answered: names are tried with every search domain. */
function hostIn({ type = "", name = "", rcode }: Readonly<Record<string, string | undefined>>): string | undefined {
  const host = name.replace(/\.$/, "").toLowerCase();
  return rcode === "NOERROR" && ADDRESSES.has(type) && isOutsideName(host) ? host : undefined;
}
