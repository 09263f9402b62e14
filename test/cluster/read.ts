/**
 * `kubectl get … -o json` without kubectl, which costs a tenth of a second of a processor each time and is asked again and again while a test
 * waits. What is not such a plain question, or has an answer of its own kind, is left to kubectl.
 */
import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import type { CommandResult } from "./kubectl.ts";

export interface ReadableCluster {
  readonly url: string;
  readonly caFile: string;
}

/** Where the objects of a kind are. */
interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A question that can be answered here. */
interface Question {
  readonly kind: string;
  readonly name?: string;
  /** Undefined for all of them. */
  readonly namespace: string | undefined;
  readonly selector?: string;
  readonly managedFields: boolean;
}

const WITH_VALUE: ReadonlySet<string> = new Set(["-n", "-l", "-o"]);
const ALONE: ReadonlySet<string> = new Set(["-A", "--show-managed-fields"]);
const PLAIN_WORD = /^[a-z0-9][a-z0-9.:-]*$/;

function parsed(args: readonly string[]): {
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
} {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (WITH_VALUE.has(word)) flags.set(word, rest.shift() ?? "");
    else if (ALONE.has(word)) flags.set(word, "");
    else words.push(word);
  }
  return { words, flags };
}

/** Undefined for a question that only kubectl understands. */
export function questionOf([verb, ...rest]: readonly string[]): Question | undefined {
  const { words, flags } = parsed(rest);
  const [kind, name, ...others] = words;
  if (verb !== "get" || kind === undefined || others.length > 0) return undefined;
  if (flags.get("-o") !== "json" || !words.every((word) => PLAIN_WORD.test(word))) return undefined;
  const selector = flags.get("-l");
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    namespace: flags.has("-A") ? undefined : (flags.get("-n") ?? "default"),
    ...(selector === undefined ? {} : { selector }),
    managedFields: flags.has("--show-managed-fields"),
  };
}

interface Discovered {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: string;
        readonly singularResource: string;
        readonly shortNames?: readonly string[];
      }[];
    }[];
  }[];
}

interface Item {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Answers plain questions to one cluster, and knows its kinds. */
export class Reader {
  readonly #cluster: ReadableCluster;
  readonly #agent: Agent;
  #places: ReadonlyMap<string, Place> = new Map();

  constructor(cluster: ReadableCluster) {
    this.#cluster = cluster;
    this.#agent = new Agent({ connect: { ca: readFileSync(cluster.caFile) } });
  }

  /** Undefined where kubectl must be asked. */
  async answer(args: readonly string[], token: string): Promise<CommandResult | undefined> {
    const question = questionOf(args);
    if (question === undefined) return undefined;
    try {
      const place = await this.#placeOf(question.kind, token);
      return place === undefined ? undefined : await this.#ask(question, place, token);
    } catch {
      // An API server that does not answer is for kubectl to tell of.
      return undefined;
    }
  }

  async #ask(question: Question, place: Place, token: string): Promise<CommandResult | undefined> {
    const { status, text } = await this.#get(pathOf(question, place), token);
    const body = JSON.parse(text) as { readonly reason?: string; readonly message?: string; readonly details?: object };
    const { name } = question;
    if (status === 404 && name !== undefined && (body.details as { readonly name?: string } | undefined)?.name === name)
      return { code: 1, stdout: "", stderr: `Error from server (NotFound): ${body.message}\n` };
    if (status !== 200) {
      this.#places = new Map();
      return undefined;
    }
    return { code: 0, stdout: JSON.stringify(shown(body, question, place)), stderr: "" };
  }

  async #placeOf(kind: string, token: string): Promise<Place | undefined> {
    if (!this.#places.has(kind)) {
      const [core, groups] = await Promise.all(["/api", "/apis"].map((path) => this.#get(path, token, DISCOVERY)));
      this.#places = placesIn([core, groups].map((found) => JSON.parse(found?.text ?? "") as Discovered));
    }
    return this.#places.get(kind);
  }

  async #get(path: string, token: string, accept = "application/json"): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${token}`, accept };
    const { statusCode, body } = await request(`${this.#cluster.url}${path}`, { dispatcher: this.#agent, headers });
    return { status: statusCode, text: await body.text() };
  }
}

/** By every name that kubectl takes; of two with the same name the first, as kubectl does. */
function placesIn(documents: readonly Discovered[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [name, place] of documents.flatMap(({ items }) => items.flatMap(namesIn)))
    if (name !== "" && !places.has(name)) places.set(name, place);
  return places;
}

function namesIn({ metadata, versions }: Discovered["items"][number]): readonly (readonly [string, Place])[] {
  const group = metadata?.name ?? "";
  return versions.flatMap(({ version, resources = [] }) =>
    resources.flatMap(({ resource, responseKind, scope, singularResource, shortNames = [] }) => {
      const kind = responseKind?.kind ?? "";
      const apiVersion = group === "" ? version : `${group}/${version}`;
      const place: Place = { apiVersion, kind, plural: resource, namespaced: scope === "Namespaced" };
      const short = [resource, singularResource, kind.toLowerCase(), ...shortNames];
      const long = group === "" ? [] : [resource, singularResource].map((name) => `${name}.${group}`);
      return [...short, ...long].map((name) => [name, place] as const);
    }),
  );
}

function pathOf({ name, namespace, selector }: Question, { apiVersion, plural, namespaced }: Place): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inside = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
  const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
  return `${root}${inside}/${plural}${name === undefined ? query : `/${encodeURIComponent(name)}`}`;
}

/** As kubectl prints it. */
function shown(body: object, { name, managedFields }: Question, { apiVersion, kind }: Place): object {
  const bare = (item: Item): object => {
    const { managedFields: _who, ...metadata } = item.metadata;
    return managedFields ? item : { ...item, metadata };
  };
  if (name !== undefined) return bare(body as Item);
  const { items } = body as { readonly items: readonly Item[] };
  const whole = items.map((item) => bare({ apiVersion, kind, ...item }));
  return { apiVersion: "v1", items: whole, kind: "List", metadata: { resourceVersion: "" } };
}
