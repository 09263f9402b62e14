/** Manifests in, SecureWorkloads out, with the ledger of what became of each leaf. Pure. */
import type { KubeObject } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../crds/group.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import type { ForeignDocument, Manifest, Unread } from "../manifests/parse.ts";
import type { Draft, Evidence } from "./draft.ts";
import { finish } from "./finish.ts";
import { isCopy, isRead, kindOf } from "./kinds.ts";
import { readBeside } from "./kubernetes/beside.ts";
import { readExposure } from "./kubernetes/exposure.ts";
import { keysFor, readInline } from "./kubernetes/inline.ts";
import { isPluginPolicy, withPluginPolicies } from "./kubernetes/plugin-policies.ts";
import { closedBy, readPolicies } from "./kubernetes/policies.ts";
import { readRights } from "./kubernetes/rights.ts";
import { nameAfterServices, readServices, tellTwins } from "./kubernetes/services.ts";
import { claimMetadata, draftOf, fillDraft, RUNNERS } from "./kubernetes/workload.ts";
import { Ledger, type LedgerEntry, type Part } from "./ledger.ts";
import { readObserved, type Seen } from "./observed.ts";
import { readEdge, readPeers } from "./peers.ts";
import { grantReasons, platformOf } from "./platform.ts";
import { shareObjects } from "./sharing.ts";
import { translate } from "./translate.ts";
import type { World } from "./world.ts";

export interface Converted {
  readonly object: KubeObject;
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** What a person must decide, each a sentence that begins with the field. */
  readonly decisions: readonly string[];
}

export interface Conversion {
  readonly workloads: readonly Converted[];
  readonly platform: readonly KubeObject[];
  /** Of the proposed SecurityBaseline, by the path in its spec. */
  readonly reasons: ReadonlyMap<string, Evidence>;
  readonly ledger: readonly LedgerEntry[];
  readonly unread: readonly Unread[];
}

/** What is read: manifests, and documents of other formats. */
export interface Sources {
  readonly manifests: readonly Manifest[];
  readonly foreign?: readonly ForeignDocument[];
  readonly unread: readonly Unread[];
  readonly observed?: readonly Seen[];
}

export function convert({ manifests, foreign = [], unread, observed = [] }: Sources, fallback: string): Conversion {
  const ledger = new Ledger();
  const translated = foreign.map((document) => translate(document, ledger));
  // What a front end made of its own format is not the user's: the ledger has the original.
  const between = new Ledger();
  const parts = [
    ...manifests.map((manifest) => ledger.open(manifest)),
    ...translated.flatMap((one) => one.manifests).map((manifest) => between.open(manifest)),
  ];
  const world = worldOf(parts, fallback);
  nameAfterServices(world);
  tellTwins(world);
  for (const draft of world.drafts) fillDraft(draft, keysFor(world, draft));
  readServices(world);
  readBeside(world);
  readExposure(world);
  readRights(world);
  const policed = withPluginPolicies(world, between);
  const closed = closedBy(policed);
  readPolicies(policed, closed);
  readObserved(world, observed, closed);
  readPeers(world, closed);
  for (const edge of translated.flatMap((one) => one.edges)) readEdge(world, edge);
  for (const { name, decision } of translated.flatMap((one) => one.decisions))
    world.drafts.find((draft) => draft.aliases.has(name))?.decisions.push(decision);
  shareObjects(world);
  for (const draft of world.drafts) {
    readInline(world, draft);
    finish(draft);
  }
  return {
    workloads: world.drafts.map(converted),
    platform: platformOf(world.drafts, fallback),
    reasons: grantReasons(world.drafts, fallback),
    ledger: ledger.entries(),
    unread,
  };
}

/** Objects that run pods of another object are made by it, and no workload of their own. */
function worldOf(parts: readonly Part[], namespace: string): World {
  const runners = new Set(parts.filter((part) => isRunner(part)));
  const others = parts.filter((part) => !runners.has(part));
  for (const part of others)
    if (isCopy(part)) part.replace("files and variables, from which Palisade makes the copy");
    else if (isRead(part) || isPluginPolicy(part)) claimMetadata(part);
    else part.keep("applied as it is");
  return { drafts: [...runners].map(draftOf), objects: Map.groupBy(others, kindOf), namespace };
}

function isRunner(part: Part): boolean {
  const kind = part.at("kind").text() ?? "";
  if (!Object.hasOwn(RUNNERS, kind) || !part.at("spec").exists) return false;
  const owner = part
    .at("metadata", "ownerReferences")
    .items()
    .some((one) => one.at("controller").value === true && one.at("kind").text() !== SECURE_WORKLOAD.kind);
  if (owner) part.drop("its controller makes it");
  return !owner;
}

/** Decisions and evidence quote the input, and stand in comments: nothing in them may end the line. */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ");

/** Fields in the order of the schema, so that equal workloads are equal text. */
const ORDER = [
  "type",
  "image",
  "command",
  "args",
  "workingDir",
  "ports",
  "sessionAffinity",
  "env",
  "envFrom",
  "files",
  "scratch",
  "claims",
  "resources",
  "probes",
  "lifecycle",
  "containers",
  "runAs",
];

function converted(draft: Draft): Converted {
  const rank = (field: string): number => (ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length);
  const spec = Object.fromEntries(Object.entries(draft.spec).sort(([a], [b]) => rank(a) - rank(b)));
  const metadata = {
    name: draft.name,
    ...(draft.namespace === undefined ? {} : { namespace: draft.namespace }),
    ...(Object.keys(draft.labels).length === 0 ? {} : { labels: draft.labels }),
    ...(Object.keys(draft.annotations).length === 0 ? {} : { annotations: draft.annotations }),
  };
  const object: KubeObject = { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata, spec };
  const parsed = parseSecureWorkload(JSON.parse(JSON.stringify(object)));
  const errors = parsed.ok ? [] : parsed.errors.filter((error) => !/^spec\.(containers\[\d+\]\.)?image:/.test(error));
  const refused = errors.map((error) => `would be refused: ${error}`);
  const decisions = [...draft.decisions, ...refused].map(oneLine);
  return { object, evidence: draft.evidence, decisions: [...new Set(decisions)] };
}
