/**
 * `palisade learn`: what workloads really do, beside what they declare: calls, permissions, directories. Asks where they run, with the caller's
 * rights, or reads what the cluster has already.
 */
import type { KubeObject } from "kopf-ts";
import { AddressBook } from "../learn/address-book.ts";
import type { AuditedUses } from "../learn/audit-log.ts";
import { compare } from "../learn/compare.ts";
import { callersOf } from "../learn/declared.ts";
import { SeenEdges } from "../learn/edges.ts";
import type { Write } from "../learn/edits-for.ts";
import { type Naming, namingOf } from "../learn/naming.ts";
import { usedRights } from "../learn/used-rights.ts";
import { type Answer, FALLBACK_NAMESPACE, type Given, wrongUse } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { manifestsIn, textsOf } from "./files.ts";
import type { Live } from "./learn/asking.ts";
import { type Drafts, draftsOf, writeEdits } from "./learn/drafts.ts";
import { pipesOf, readPipes } from "./learn/pipes.ts";
import { answerOf } from "./learn/report.ts";

const NEXT = "palisade learn --help";

/** Findings are what was seen and is not declared, what a person has to say, and lines that cannot be read. Not to be seen is no finding. */
export async function learn(given: Given): Promise<Answer> {
  if (given.flags["for"] === undefined && pipesOf(given).length === 0)
    throw wrongUse("say what to learn from: --for, or a log or flows", "palisade learn -n NAMESPACE --for 10m");
  const seen = new SeenEdges();
  const book = new AddressBook();
  book.add(await addressesIn(given));
  const { inFiles, drafts, objects, writes, left, namespace } = await declared(given, seen, book);
  const { audited, sources } = await readPipes(given, seen, book, NEXT);
  const naming = namingOf(drafts.workloads, objects);
  const { workloads } = drafts;
  const callers = callersOf(drafts.baseline);
  const findings = compare({ workloads, seen: seen.edges(naming), callers, looked: lookedAt(given) });
  const rights = audited === undefined ? undefined : rightsIn(audited, { drafts, objects, naming });
  const learned = { findings, rights, writes: writes.map((write) => renamed(write, naming)) };
  const files = given.flags["edit"] === false ? [] : writeEdits(inFiles, learned, NEXT);
  const unseen = [...seen.left(), ...(rights?.left ?? []), ...left];
  return answerOf({ ...learned, drafts, namespace, files, sources, left: unseen });
}

function lookedAt({ flags }: Given): "calls" | "names" | "nothing" {
  if (["for", "hubble", "goldmane"].some((flag) => flags[flag] !== undefined)) return "calls";
  return flags["dnsLog"] === undefined ? "nothing" : "names";
}

/** What kubectl prints of Pods, Services and Nodes. */
async function addressesIn(given: Given): Promise<readonly KubeObject[]> {
  if (given.flags["addresses"] === undefined) return [];
  return manifestsIn(await textsOf(given, "addresses", NEXT)).manifests.map(({ object }) => object);
}

/** Loads what asks a cluster only where one is asked. */
async function declared(
  given: Given,
  seen: SeenEdges,
  book: AddressBook,
): Promise<Live & { readonly inFiles: Drafts }> {
  if (given.flags["for"] === undefined) {
    const namespace = configOf(given.flags, NEXT).namespace ?? FALLBACK_NAMESPACE;
    const inFiles = await draftsOf(given, namespace, NEXT);
    return { namespace, inFiles, drafts: inFiles, objects: inFiles.objects, writes: [], left: [] };
  }
  const { openCluster } = await import("./learn/live.ts");
  const cluster = await openCluster(given, NEXT);
  try {
    const inFiles = await draftsOf(given, cluster.namespace, NEXT);
    const live = await cluster.learn({ drafts: inFiles, seen, book });
    return { ...live, inFiles, objects: [...inFiles.objects, ...live.objects] };
  } finally {
    await cluster.close();
  }
}

interface Around {
  readonly drafts: Drafts;
  readonly objects: readonly KubeObject[];
  readonly naming: Naming;
}

const rightsIn = (audited: AuditedUses, { drafts, objects, naming }: Around) =>
  usedRights({ workloads: drafts.workloads, uses: audited.uses(), refusals: audited.refusals(), objects, naming });

function renamed(write: Write, naming: Naming): Write {
  const [namespace = "", name = ""] = write.workload.split("/");
  const party = naming({ kind: "workload", namespace, name, labels: {} });
  return party.kind === "workload" ? { ...write, workload: `${namespace}/${party.name}` } : write;
}
