/** Lines of the API server's audit log (audit.k8s.io/v1): what each ServiceAccount did, and what it was refused. Pure. */
import { accountOfUser } from "../rbac/subjects.ts";
import { runnerOfName } from "./pod-names.ts";
import { fieldsAt, type LineReader, numberAt, objectIn, type Read, textAt, textsAt } from "./source.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What one account did to one resource in one namespace. */
export interface Use {
  /** `namespace/name`. */
  readonly account: string;
  /** Of the objects; empty for what belongs to none, and for lists over all. */
  readonly namespace: string;
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  /** Each with the names of its objects; none where it named none. */
  readonly verbs: ReadonlyMap<string, ReadonlySet<string>>;
  /** Who runs the pods that did it, by their names; undefined where the log does not know the pod. */
  readonly runner: string | undefined;
}

const POD = "authentication.kubernetes.io/pod-name";
const DENIED = 403;

/** Names of objects that are kept of one verb: more than any entry takes. */
const MOST_NAMES = 64;

interface Mutable {
  readonly use: Omit<Use, "verbs">;
  readonly verbs: Map<string, Set<string>>;
}

export class AuditedUses {
  readonly #used = new Map<string, Mutable>();
  readonly #refused = new Map<string, Mutable>();

  /** A watch is told when it begins, and again when it ends; anything else when it is over. */
  readonly read: LineReader = (line) => {
    const event = objectIn(line);
    if (event === undefined || textAt(event, "auditID") === undefined) return "broken";
    const verb = textAt(event, "verb") ?? "";
    const isOver = event["stage"] === "ResponseComplete" || (event["stage"] === "ResponseStarted" && verb === "watch");
    const account = accountOfUser(textAt(fieldsAt(event, "user"), "username") ?? "");
    const target = fieldsAt(event, "objectRef");
    const resource = textAt(target, "resource");
    if (!isOver || account === undefined || resource === undefined) return "passed over";
    return this.#add(account, verb, resource, event);
  };

  #add(account: string, verb: string, resource: string, event: Fields): Read {
    const target = fieldsAt(event, "objectRef");
    const isRefused = numberAt(fieldsAt(event, "responseStatus"), "code") === DENIED;
    const subresource = textAt(target, "subresource");
    const [pod] = textsAt(fieldsAt(fieldsAt(event, "user"), "extra"), POD);
    const use = {
      account,
      runner: pod === undefined ? undefined : runnerOfName(pod),
      namespace: textAt(target, "namespace") ?? "",
      group: textAt(target, "apiGroup") ?? "",
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    };
    const uses = isRefused ? this.#refused : this.#used;
    const key = JSON.stringify(use);
    const known = uses.get(key) ?? { use, verbs: new Map<string, Set<string>>() };
    uses.set(key, known);
    const names = known.verbs.get(verb) ?? new Set<string>();
    known.verbs.set(verb, names);
    addName(names, textAt(target, "name"));
    return isRefused ? "refused" : "read";
  }

  uses(): readonly Use[] {
    return [...this.#used.values()].map(({ use, verbs }) => ({ ...use, verbs }));
  }

  /** What RBAC did not allow. */
  refusals(): readonly Use[] {
    return [...this.#refused.values()].map(({ use, verbs }) => ({ ...use, verbs }));
  }
}

function addName(names: Set<string>, name: string | undefined): void {
  if (name !== undefined && names.size <= MOST_NAMES) names.add(name);
}
