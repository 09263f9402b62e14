/** What clusters have already, read line by line: flows, the log of DNS, the audit log. */
import type { AddressBook } from "../../learn/address-book.ts";
import { AuditedUses } from "../../learn/audit-log.ts";
import { dnsReader } from "../../learn/dns-log.ts";
import type { SeenEdges } from "../../learn/edges.ts";
import { goldmaneReader } from "../../learn/goldmane.ts";
import { hubbleReader } from "../../learn/hubble.ts";
import type { LineReader, Read } from "../../learn/source.ts";
import { couldNotLook, type Given, wrongUse } from "../answer.ts";
import { linesOf } from "./lines.ts";

const PIPES = ["hubble", "goldmane", "dnsLog", "auditLog"] as const;
type Pipe = (typeof PIPES)[number];

const FLAGS: Readonly<Record<Pipe, string>> = {
  hubble: "--hubble",
  goldmane: "--goldmane",
  dnsLog: "--dns-log",
  auditLog: "--audit-log",
};

export interface Piped {
  /** Undefined where no audit log was read. */
  readonly audited: AuditedUses | undefined;
  readonly sources: readonly SourceCount[];
}

/** How many lines of a source there were, and what became of them. */
export interface SourceCount {
  readonly source: string;
  readonly lines: number;
  readonly refused: number;
  readonly broken: number;
  /** Of the first broken one. */
  readonly brokenAt?: number;
}

export const pipesOf = ({ flags }: Given): readonly Pipe[] => PIPES.filter((pipe) => flags[pipe] !== undefined);

export async function readPipes(given: Given, seen: SeenEdges, book: AddressBook, next: string): Promise<Piped> {
  const pipes = pipesOf(given);
  if (pipes.filter((pipe) => given.flags[pipe] === "-").length > 1)
    throw wrongUse("only one source can be standard input", next);
  const audited = pipes.includes("auditLog") ? new AuditedUses() : undefined;
  const readers: Readonly<Record<Pipe, LineReader>> = {
    hubble: hubbleReader(seen),
    goldmane: goldmaneReader(seen),
    dnsLog: dnsReader(seen, book),
    auditLog: audited?.read ?? (() => "passed over"),
  };
  const sources: SourceCount[] = [];
  for (const pipe of pipes) {
    const path = String(given.flags[pipe]);
    const count = await readOne({ pipe, path, read: readers[pipe] }, given, next);
    if (count.lines > 0 && count.broken === count.lines)
      throw couldNotLook(`${FLAGS[pipe]} ${path}: none of ${count.lines} lines can be read`, next);
    sources.push(count);
  }
  return { audited, sources };
}

interface Reading {
  readonly pipe: Pipe;
  readonly path: string;
  readonly read: LineReader;
}

const TELL_EVERY = 200_000;

async function readOne({ pipe, path, read }: Reading, given: Given, next: string): Promise<SourceCount> {
  const counts: Record<Read, number> = { read: 0, "passed over": 0, refused: 0, broken: 0 };
  let lines = 0;
  let brokenAt: number | undefined;
  for await (const line of linesOf(path, given, next)) {
    lines += 1;
    const what = read(line);
    counts[what] += 1;
    if (what === "broken") brokenAt ??= lines;
    if (lines % TELL_EVERY === 0) given.tell?.(`${FLAGS[pipe]}: ${lines} lines`);
  }
  const source = `${FLAGS[pipe]} ${path}`;
  const { refused, broken } = counts;
  return { source, lines, refused, broken, ...(brokenAt === undefined ? {} : { brokenAt }) };
}
