/**
 * `palisade undo NAME`: declares a spec again that was in force, out of the workload's own history, with the caller's rights; the operator rolls it out as
 * any other. `--list` prints the history. An object that a delivery tool keeps is left to that tool unless the caller says otherwise.
 */
import { type ApiError, type Client, isForbidden, type KubeObject, type Resource } from "kopf-ts";
import { HISTORY_LABEL, SECURE_WORKLOAD } from "../crds/group.ts";
import { CONTROLLER_REVISION } from "../kubernetes/kinds.ts";
import type { FieldChange } from "../render/difference.ts";
import { type Answer, couldNotLook, type Given, messageOf, wrongUse } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { sayField } from "./diff.ts";
import { openApi } from "./open-api.ts";
import { isRefusal } from "./reachable.ts";
import { aligned } from "./status/print.ts";
import { type Deliverer, delivererOf } from "./undo/deliverer.ts";
import {
  changesTo,
  declaredSpec,
  previousOf,
  type Revision,
  type Row,
  revisionsOf,
  rowsOf,
  specFor,
} from "./undo/history.ts";

const NEXT = "palisade undo --help";

interface Subject {
  readonly namespace: string;
  readonly name: string;
  readonly workload: KubeObject;
  readonly declared: Readonly<Record<string, unknown>>;
  /** The latest first. */
  readonly revisions: readonly Revision[];
}

/** Findings are refusals: nothing was changed. */
export async function undo({ words: [name = ""], flags, signal }: Given): Promise<Answer> {
  const wanted = wantedOf(flags, name);
  const { client, namespace, close } = await openApi(configOf(flags, NEXT), "undo", signal);
  try {
    const subject = await read(client, namespace, name);
    if (flags["list"] === true) return listed(subject);
    return await goBack(subject, wanted, flags["yes"] === true, client);
  } finally {
    await close();
  }
}

function wantedOf(flags: Given["flags"], name: string): number | undefined {
  const { toRevision } = flags;
  if (toRevision === undefined) return undefined;
  const number = Number(toRevision);
  if (flags["list"] === true)
    throw wrongUse("--list: takes no --to-revision beside it", `palisade undo ${name} --list`);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw wrongUse("--to-revision: must be the number of a revision", `palisade undo ${name} --list`);
}

async function read(client: Client, namespace: string, name: string): Promise<Subject> {
  const workload = await asked("get", SECURE_WORKLOAD, namespace, () =>
    client.get(SECURE_WORKLOAD, { namespace, name }),
  );
  if (workload === undefined)
    throw couldNotLook(`there is no SecureWorkload ${namespace}/${name}`, `palisade status -n ${namespace}`);
  const labelSelector = `${HISTORY_LABEL}=${name}`;
  const { items } = await asked("list", CONTROLLER_REVISION, namespace, () =>
    client.list(CONTROLLER_REVISION, { namespace, labelSelector }),
  );
  return { namespace, name, workload, declared: declaredSpec(workload), revisions: revisionsOf(workload, items) };
}

async function asked<T>(
  verb: string,
  { plural, group }: Resource,
  namespace: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const next = `kubectl auth can-i ${verb} ${plural}.${group} -n ${namespace}`;
    throw couldNotLook(messageOf(error), isForbidden(error) ? next : "kubectl cluster-info");
  }
}

const keyOf = ({ namespace, name }: Subject): string => `${namespace}/${name}`;

function listed(subject: Subject): Answer {
  const { namespace, name, declared, revisions } = subject;
  const rows = rowsOf(declared, revisions);
  const back = previousOf(declared, revisions);
  return {
    kind: "History",
    data: { workload: keyOf(subject), revisions: rows },
    text: aligned([["REVISION", "CREATED", "IMAGE", "CHANGED"], ...rows.map(cells)]).join("\n"),
    hasFindings: false,
    ...(rows.length === 0 ? { talk: [`${keyOf(subject)} has no history yet`] } : {}),
    ...(back === undefined ? {} : { next: `palisade undo ${name} -n ${namespace} --to-revision ${back.number}` }),
  };
}

/** How many fields a row names. */
const MAX_FIELDS = 3;

function cells({ revision, created, image, isDeclared, fields }: Row): readonly string[] {
  const more = fields.length > MAX_FIELDS ? ` and ${fields.length - MAX_FIELDS} more` : "";
  const changed = fields.length === 0 ? "-" : `${fields.slice(0, MAX_FIELDS).join(", ")}${more}`;
  return [`${revision}${isDeclared ? "*" : ""}`, created, image, changed];
}

async function goBack(subject: Subject, wanted: number | undefined, isSure: boolean, client: Client): Promise<Answer> {
  const revision = chosen(subject, wanted);
  const changes = changesTo(revision, subject.declared);
  const deliverer = isSure ? undefined : delivererOf(subject.workload);
  if (changes.length === 0) return answerOf(subject, revision, { changes, applied: false });
  if (deliverer !== undefined)
    return answerOf(subject, revision, { changes, applied: false, ...leftTo(subject, revision, deliverer) });
  const refusal = await declare(subject, revision, client);
  return answerOf(subject, revision, { changes, applied: refusal === undefined, ...refusal });
}

function chosen({ namespace, name, declared, revisions }: Subject, wanted: number | undefined): Revision {
  const found =
    wanted === undefined ? previousOf(declared, revisions) : revisions.find(({ number }) => number === wanted);
  if (found !== undefined) return found;
  const list = `palisade undo ${name} -n ${namespace} --list`;
  if (wanted !== undefined) throw wrongUse(`${namespace}/${name} has no revision ${wanted} in its history`, list);
  throw couldNotLook(`the history of ${namespace}/${name} holds no other spec than the declared one`, list);
}

interface Refusal {
  readonly refused: string;
  readonly next: string;
}

const leftTo = ({ namespace, name }: Subject, { number }: Revision, { name: tool, instead }: Deliverer): Refusal => ({
  refused: `${tool} delivers this SecureWorkload, and what is changed beside it is lost with its next delivery: ${instead}. To go back all the same, for now, add --yes`,
  next: `palisade undo ${name} -n ${namespace} --to-revision ${number} --yes`,
});

/** The whole spec, of the very object that was compared. Undefined once the API server took it. */
async function declare(subject: Subject, revision: Revision, client: Client): Promise<Refusal | undefined> {
  const { namespace, name, workload, declared } = subject;
  const patch = [
    { op: "replace", path: "/metadata/resourceVersion", value: workload.metadata.resourceVersion },
    { op: "replace", path: "/spec", value: specFor(revision, declared) },
  ];
  try {
    await client.patch(SECURE_WORKLOAD, { namespace, name }, patch, { type: "json" });
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw couldNotLook(messageOf(error), "kubectl cluster-info");
    return { refused: `the API server refused it: ${messageOf(error)}`, next: nextAfter(error, subject) };
  }
}

function nextAfter(error: ApiError, { namespace, name }: Subject): string {
  if (error.status === 409) return `palisade undo ${name} -n ${namespace} --list`;
  return isForbidden(error)
    ? `kubectl auth can-i patch secureworkloads.palisade.dev -n ${namespace}`
    : "palisade explain -";
}

interface Done extends Partial<Refusal> {
  readonly changes: readonly FieldChange[];
  readonly applied: boolean;
}

function answerOf(subject: Subject, revision: Revision, { changes, applied, refused, next }: Done): Answer {
  const { namespace, name } = subject;
  const became =
    changes.length === 0
      ? "declares that spec already"
      : `${applied ? "declares" : "does not declare"} that spec again`;
  return {
    kind: "Undo",
    data: {
      workload: keyOf(subject),
      revision: revision.number,
      changes,
      applied,
      ...(refused === undefined ? {} : { refused }),
    },
    text: [`${keyOf(subject)}: revision ${revision.number}`, ...changes.map(sayField)].join("\n"),
    hasFindings: refused !== undefined,
    talk: [refused ?? `${keyOf(subject)} ${became}`],
    next: next ?? `palisade status -n ${namespace} ${name}`,
  };
}
