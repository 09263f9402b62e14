/** Reads the objects of a cluster page by page, with the caller's rights, and hands each on. Secrets are never asked for. */
import { type KubeObject, listPages, type Resource, type Transport } from "kopf-ts";
import type { Auditor } from "../../audit/audit.ts";
import { JOB, POD, REPLICA_SET } from "../../kubernetes/kinds.ts";
import type { Unread } from "../../manifests/parse.ts";
import { couldNotLook, type Given } from "../answer.ts";
import { configOf } from "../config-of.ts";
import { openApi } from "../open-api.ts";
import { answers, isRefusal, reachable } from "../reachable.ts";
import { kindsIn } from "./kinds.ts";

const NEXT = "kubectl cluster-info";

/** Told, so that a kind that is not read is not taken for one that is empty. */
export async function readCluster(
  { flags, signal }: Given,
  namespace: string | undefined,
  auditor: Pick<Auditor, "add">,
): Promise<readonly Unread[]> {
  const { transport: asking, close } = await openApi(configOf(flags, "palisade audit --help"), "audit", signal);
  try {
    await answers(asking);
    const groups = await reachable(() => servedGroups(asking));
    const served = kindsIn(groups);
    const unread: Unread[] = [];
    let count = 0;
    const add: Auditor["add"] = (manifest) => {
      count += 1;
      auditor.add(manifest);
    };
    for (const some of inTurn(served)) {
      const read = await reachable(() =>
        Promise.all(some.map((resource) => readKind(asking, resource, namespace, { add }))),
      );
      unread.push(...read.flat());
    }
    // Namespaces and roles are in every cluster.
    if (count + unread.length === 0)
      throw couldNotLook("whatever answers lists no object at all: it is no API server of a cluster", NEXT);
    if (unread.length === served.length)
      throw couldNotLook("nothing of this cluster may be listed", "kubectl auth can-i list pods -A");
    return unread;
  } finally {
    await close();
  }
}

/** What makes pods before what it makes, which then is not judged again. */
function inTurn(kinds: readonly Resource[]): readonly (readonly Resource[])[] {
  const turnOf = (resource: Resource): number => (resource === POD ? 2 : MADE.includes(resource) ? 1 : 0);
  return [0, 1, 2].map((turn) => kinds.filter((resource) => turnOf(resource) === turn));
}

const MADE: readonly Resource[] = [REPLICA_SET, JOB];

/** A group that is not served is refused to whoever may not list it, as if it were. Undefined where nobody says. */
async function servedGroups(transport: Transport): Promise<ReadonlySet<string> | undefined> {
  try {
    const { groups } = await transport.request<{ readonly groups: readonly { readonly name: string }[] }>({
      method: "GET",
      path: "/apis",
    });
    return new Set(["", ...groups.map(({ name }) => name)]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

async function readKind(
  transport: Transport,
  resource: Resource,
  namespace: string | undefined,
  auditor: Pick<Auditor, "add">,
): Promise<readonly Unread[]> {
  const where = namespace === undefined || !resource.namespaced ? {} : { namespace };
  try {
    for await (const { items } of listPages<KubeObject>(transport, resource, where))
      for (const object of items) auditor.add({ object, file: "", lineOf: () => 0 });
    return [];
  } catch (error) {
    return refused(resource, error);
  }
}

/** A kind that the cluster does not serve is not there; one that the caller may not list is told. Whom it does not know it tells nothing. */
function refused({ plural }: Resource, error: unknown): readonly Unread[] {
  if (!isRefusal(error) || error.status === 401) throw error;
  if (error.status === 404) return [];
  return [{ file: plural, line: 1, problem: "may not be listed: what is in it is unknown" }];
}
