/** Writes every path of every guarded object once as each user, and judges what became of each. */

import { apiVersionOf, type Client, type KubeObject, pathOf, type Resource } from "kopf-ts";
import { pooled } from "../../../bench/measure.ts";
import { entryFor, type Judged } from "./judged.ts";
import { trialsOf } from "./keys.ts";
import {
  type OpenApiDocument,
  type Path,
  pathsOf,
  rootOf,
  type Schemas,
  schemasOf,
  type Type,
  textOf,
} from "./schema.ts";
import { type Guarded, WRITERS, type Writer } from "./stage.ts";
import { type Outcome, RBAC, readTarget, type Target, type Tried, tryDelete, tryWrites } from "./trial.ts";
import { writesOf } from "./values.ts";
import { CONNECTED } from "./verbs.ts";

const AT_ONCE = 12;

export interface Result {
  /** `Kind` or `Kind/subresource`. */
  readonly on: string;
  readonly apiVersion: string;
  readonly path: string;
  readonly user: Writer;
  readonly outcome: Outcome;
}

export interface Question {
  readonly client: (writer: Writer) => Client;
  readonly users?: readonly Writer[];
  /** Paths of so many steps and no more; all of them unless set. */
  readonly depth?: number;
  readonly onKind?: (text: string) => void;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** A resource and one of its subresources in one version, with the type that is written there. */
interface Endpoint {
  readonly target: Target;
  readonly on: string;
  readonly apiVersion: string;
  readonly root: Type;
}

export async function tryEveryPath(
  objects: readonly Guarded[],
  namespace: string,
  question: Question,
): Promise<readonly Result[]> {
  const server = new Server(question.client("wide"));
  const results: Result[] = [];
  for (const object of objects)
    for (const endpoint of await server.endpointsOf(object, namespace)) {
      const found = await tryEndpoint(endpoint, server.schemas, question);
      question.onKind?.(`${endpoint.on} ${object.name}: ${found.length} writes`);
      results.push(...found);
    }
  return results;
}

/** What it serves, read as it is needed. */
class Server {
  readonly #client: Client;
  readonly #documents = new Map<string, OpenApiDocument>();
  schemas: Schemas = new Map();

  constructor(client: Client) {
    this.#client = client;
  }

  async endpointsOf(object: Guarded, namespace: string): Promise<readonly Endpoint[]> {
    const endpoints: Endpoint[] = [];
    for (const version of await this.#versionsOf(object.resource)) {
      const resource = { ...object.resource, version };
      const written = (await this.#resourcesOf(resource)).filter(
        ({ name, verbs }) =>
          name.split("/")[0] === resource.plural && verbs.includes("update") && !CONNECTED.test(name),
      );
      for (const one of written) endpoints.push(await this.#endpointOf({ ...object, resource }, one, namespace));
    }
    return endpoints;
  }

  async #endpointOf({ resource, name }: Guarded, served: ApiResource, namespace: string): Promise<Endpoint> {
    const [, subresource = ""] = served.name.split("/");
    const { group = resource.group, version = resource.version, kind } = served;
    await this.#learn(group, version);
    return {
      target: { resource, subresource, name, namespace: resource.namespaced ? namespace : undefined },
      on: subresource === "" ? resource.kind : `${resource.kind}/${subresource}`,
      apiVersion: apiVersionOf(resource),
      root: rootOf({ group, version, kind }, this.schemas),
    };
  }

  async #versionsOf({ group, version }: Resource): Promise<readonly string[]> {
    if (group === "") return [version];
    const { versions } = await this.#read<{ readonly versions: readonly { readonly version: string }[] }>(
      `/apis/${group}`,
    );
    return versions.map((one) => one.version);
  }

  async #resourcesOf(resource: Resource): Promise<readonly ApiResource[]> {
    const [path] = pathOf(resource).split(`/${resource.plural}`);
    return (await this.#read<{ readonly resources: readonly ApiResource[] }>(path ?? "")).resources;
  }

  async #learn(group: string, version: string): Promise<void> {
    const path = `/openapi/v3/${group === "" ? `api/${version}` : `apis/${group}/${version}`}`;
    if (this.#documents.has(path)) return;
    this.#documents.set(path, await this.#read<OpenApiDocument>(path));
    this.schemas = schemasOf([...this.#documents.values()]);
  }

  #read<T>(path: string): Promise<T> {
    return this.#client.transport.request<T>({ method: "GET", path, accept: "application/json" });
  }
}

/** These name the object, or the version that is written: another value is another request. */
const IDENTITY = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "metadata.name",
  "metadata.namespace",
  "metadata.resourceVersion",
]);

/** What the API server takes from the stored object, whatever is sent: a path below it tells no more than the first two steps do. */
const TOLD_BY_TWO = 2;

function isWritten({ steps }: Path, { target, root }: Endpoint, depth: number): boolean {
  if (IDENTITY.has(textOf(steps)) || steps.length > depth) return false;
  const hasStatus = root.schema.properties?.["status"] !== undefined;
  const isStatus = target.subresource === "status";
  const isOthers = isStatus ? !["status", "metadata"].includes(steps[0] ?? "") : hasStatus && steps[0] === "status";
  return !isOthers || steps.length <= TOLD_BY_TWO;
}

async function tryEndpoint(endpoint: Endpoint, schemas: Schemas, question: Question): Promise<readonly Result[]> {
  const { users = WRITERS, depth = Number.POSITIVE_INFINITY } = question;
  const paths = pathsOf(endpoint.root, schemas).filter((path) => isWritten(path, endpoint, depth));
  const results: Result[] = [];
  const live = await readTarget(question.client("wide"), endpoint.target);
  const known = new Map<string, number>();
  for (const user of users) {
    const client = question.client(user);
    const tell = (path: string, outcome: Outcome): void => {
      results.push({ on: endpoint.on, apiVersion: endpoint.apiVersion, path, user, outcome });
    };
    if (endpoint.target.subresource === "") tell("(deletion)", await tryDelete(client, endpoint.target));
    // RBAC looks at no path: who may not write one may write none.
    let isClosed = false;
    await pooled(trialsOf(paths), AT_ONCE, async ({ path, text, key }) => {
      const all = writesOf(live, path, schemas, key);
      if (all.length === 0) return;
      const tried = isClosed ? CLOSED : await tryKnown(client, { endpoint, live, text, known }, all);
      if (tried.outcome.kind === "refused" && tried.outcome.by === RBAC) isClosed = true;
      tell(text, tried.outcome);
    });
  }
  return results;
}

const CLOSED: Tried = { outcome: { kind: "refused", by: RBAC }, write: -1 };

interface Asked {
  readonly endpoint: Endpoint;
  readonly live: KubeObject;
  readonly text: string;
  /** Which of the writes of a path is valid, as was found before. */
  readonly known: Map<string, number>;
}

async function tryKnown(
  client: Client,
  { endpoint, live, text, known }: Asked,
  all: ReturnType<typeof writesOf>,
): Promise<Tried> {
  const found = known.get(text);
  // Nobody finds a valid one, if the first did not.
  const writes = found === undefined ? all : all.slice(Math.max(found, 0), Math.max(found, 0) + 1);
  const tried = await tryWrites(client, endpoint.target, live, writes);
  if (found === undefined) known.set(text, tried.write);
  return tried;
}

export interface Verdict {
  readonly result: Result;
  /** Why others may write it, or why nobody tried; undefined for what is open and on no list. */
  readonly reason: string | undefined;
}

/** Those that are on a list, and those that ought to be: what is refused, or comes to nothing, needs none. */
export function judge(results: readonly Result[], lists: Judged): readonly Verdict[] {
  const refused = new Set(results.flatMap((one) => (one.outcome.kind === "refused" ? [keyOf(one, one.path)] : [])));
  return results.flatMap((result) => {
    const { kind } = result.outcome;
    if (kind !== "written" && kind !== "invalid") return [];
    if (kind === "invalid" && holdersOf(result.path).some((path) => refused.has(keyOf(result, path)))) return [];
    // What anybody may write needs no value that shows it.
    const entries = [...(kind === "invalid" ? lists.untried : []), ...lists.allowed, ...lists.open];
    return [{ result, reason: entryFor(entries, result)?.reason }];
  });
}

const keyOf = ({ on, apiVersion, user }: Result, path: string): string => [on, apiVersion, user, path].join(" ");

/** What a path is inside of: `spec.ports[]` and `spec.ports` of `spec.ports[].name`. */
function holdersOf(path: string): readonly string[] {
  const ends = [...path.matchAll(/\.|\[\]|\{/g)].map(({ index }) => index);
  return ends.flatMap((end) => [path.slice(0, end), `${path.slice(0, end)}[]`]);
}
