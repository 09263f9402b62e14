/** `palisade status [NAME]`: how SecureWorkloads stand, for the team that runs them. Reads with the caller's rights, writes nothing. */
import { systemClock } from "kopf-ts";
import { type Answer, type Given, wrongUse } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { openApi } from "./open-api.ts";
import { hasTrouble, nextFor, pageOf } from "./status/page.ts";
import { pageText, rowsText } from "./status/print.ts";
import { type Asking, readAll, readOne } from "./status/read.ts";
import { isTroubled, rowsOf } from "./status/rows.ts";

/** Findings are conditions that are not as they should be, children that are missing, and what could not be read. */
export async function status({ words: [name], flags, signal }: Given): Promise<Answer> {
  const config = configOf(flags, "palisade status --help");
  const isEverywhere = flags["allNamespaces"] === true;
  if (isEverywhere && name !== undefined)
    throw wrongUse("--all-namespaces: a name is of one namespace", `palisade status -n NAMESPACE ${name}`);
  if (isEverywhere && config.namespace !== undefined)
    throw wrongUse("--all-namespaces: takes no --namespace beside it", `palisade status -n ${config.namespace}`);
  const api = await openApi(config, "status", signal);
  const { namespace } = api;
  const asking = { client: api.client, as: config.as };
  try {
    if (name !== undefined) return await one(name, { ...asking, namespace });
    return await all({ ...asking, namespace: isEverywhere ? undefined : namespace });
  } finally {
    await api.close();
  }
}

async function one(name: string, asking: Asking & { readonly namespace: string }): Promise<Answer> {
  const reading = await readOne(name, asking);
  const page = pageOf(reading, systemClock.now());
  return {
    kind: "WorkloadStatus",
    data: page,
    text: pageText(page),
    hasFindings: hasTrouble(page),
    next: nextFor(page, reading.workload),
  };
}

async function all(asking: Asking): Promise<Answer> {
  const rows = rowsOf(await readAll(asking));
  const where = asking.namespace === undefined ? "this cluster" : `namespace ${asking.namespace}`;
  const [first] = rows;
  return {
    kind: "WorkloadStatusList",
    data: { workloads: rows },
    text: rowsText(rows, asking.namespace === undefined),
    hasFindings: rows.some(isTroubled),
    ...(first === undefined
      ? { talk: [`there is no SecureWorkload in ${where}`] }
      : { next: `palisade status -n ${first.namespace} ${first.name}` }),
  };
}
