/** Asks the API server and the detectors about every object of {@link FOREIGNERS}, in each state of enrolment. */
import type { Client } from "kopf-ts";
import { pooled } from "../../bench/measure.ts";
import type { Enrolment } from "../../src/crds/v1alpha1/enrolment.ts";
import { type Entry, entryFor, judged } from "../drift/guards/judged.ts";
import { refusalBy } from "./admission.ts";
import { FOREIGNERS, type Foreigner, found, objectOf } from "./twins.ts";

const AT_ONCE = 8;

export interface Comparison {
  /** Where one of the two lets stand what the other does not, for no reason that is on the list. */
  readonly disputes: readonly string[];
  /** Entries of the list that no difference needs. */
  readonly needless: readonly string[];
}

/** In a namespace of each state there is the workload `web`, and the policies hold. */
export async function compareTwins(
  client: Client,
  namespaces: Readonly<Record<Enrolment, string>>,
): Promise<Comparison> {
  const { twins } = judged();
  const disputes: string[] = [];
  const needed = new Set<Entry>();
  const asked = (Object.keys(namespaces) as Enrolment[]).flatMap((state) =>
    FOREIGNERS.map((foreigner) => ({ state, foreigner })),
  );
  await pooled(asked, AT_ONCE, async ({ state, foreigner }) => {
    const taken = (await refusalOf(client, foreigner, namespaces[state])) === undefined;
    const known = found(foreigner, state);
    if (taken ? known === "unseen" : known === "goes") return;
    const path = `${state}.${taken ? "taken" : "refused"}.${known}.${foreigner.what}`;
    const entry = entryFor(twins, { on: foreigner.resource.kind, path, user: "" });
    if (entry === undefined) disputes.push(`${foreigner.resource.kind} ${path}`);
    else needed.add(entry);
  });
  const needless = twins.filter((entry) => !needed.has(entry)).map(({ paths }) => paths.join(", "));
  return { disputes: disputes.sort(), needless };
}

/** Only what a policy refuses counts: whatever else is refused would be no question to a policy. */
async function refusalOf(client: Client, foreigner: Foreigner, namespace: string): Promise<string | undefined> {
  const object = objectOf(foreigner, namespace);
  const refusal = await refusalBy(() => client.create(foreigner.resource, object, { dryRun: true }));
  if (refusal === undefined || refusal.includes("ValidatingAdmissionPolicy")) return refusal;
  throw new Error(`${foreigner.resource.kind}, which ${foreigner.what}: ${refusal}`);
}
