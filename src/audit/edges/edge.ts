/** One way from a step of an attack to the next. A file holds one; `index.ts` has them all in one array. */
import { accountIn } from "../../rbac/subjects.ts";
import type { Facts, PodSign } from "../facts/model.ts";
import type { PodView } from "../facts/pod-view.ts";
import type { Place } from "../place.ts";
import type { Gives, Login } from "../products/product.ts";

/** MITRE ATT&CK for Containers and Cloud, as far as an edge names it. */
export const TECHNIQUES = {
  T1021: "Remote Services",
  T1046: "Network Service Discovery",
  T1078: "Valid Accounts",
  T1133: "External Remote Services",
  T1098: "Account Manipulation",
  T1068: "Exploitation for Privilege Escalation",
  T1190: "Exploit Public-Facing Application",
  T1496: "Resource Hijacking",
  T1499: "Endpoint Denial of Service",
  T1525: "Implant Internal Image",
  T1528: "Steal Application Access Token",
  T1530: "Data from Cloud Storage",
  T1552: "Unsecured Credentials",
  T1556: "Modify Authentication Process",
  T1609: "Container Administration Command",
  T1610: "Deploy Container",
  T1611: "Escape to Host",
  T1613: "Container and Resource Discovery",
} as const;
export type Technique = keyof typeof TECHNIQUES;

/** What a person reads of an edge. */
export interface About {
  /** Stable, kebab-case, the name of its file. */
  readonly id: string;
  readonly title: string;
  /** What an attacker gains by it. */
  readonly reason: string;
  /** What to write instead. */
  readonly fix: string;
  /** What of a SecureWorkload makes it impossible; absent where nothing does. */
  readonly palisade?: string;
  readonly attack: readonly Technique[];
  /** Of the CIS Kubernetes Benchmark v2.0.1. */
  readonly cis: readonly string[];
  /** Of docs/drift.md. */
  readonly driftCase?: number;
  /** How much work a cut here is: 1 is one command, 9 cannot be asked for. */
  readonly cost: number;
}

/** A node of the graph: `internet`, `workload Deployment/shop/web`, `cluster`. */
export type NodeId = string;

/** Where attacks begin. */
export const INTERNET: NodeId = "internet";
export const ANY_USER: NodeId = "any user";
export const ANY_POD: NodeId = "any pod";
/** Not a start: whoever reaches the API server without a name. */
export const ANONYMOUS: NodeId = "anonymous";

/** What they are for. */
export const ENDS = ["cluster", "node", "secrets", "cloud"] as const;
export type End = (typeof ENDS)[number];
export const isEnd = (id: NodeId): id is End => (ENDS as readonly string[]).includes(id);

export const workloadNode = (id: string): NodeId => `workload ${id}`;
/** What the program of a workload does for whoever it lets in, which is less than code of their own. */
export const programNode = (id: string): NodeId => `program ${id}`;
export const accountNode = (key: string): NodeId => `account ${key}`;
export const portNode = (workload: string, port: number, protocol: string): NodeId =>
  `port ${workload}:${port}/${protocol}`;
/** The accounts, and the workloads, of a namespace. */
export const accountsNode = (namespace: string): NodeId => `accounts of ${namespace}`;
export const workloadsNode = (namespace: string): NodeId => `workloads of ${namespace}`;
export const groupNode = (name: string): NodeId => `group ${name}`;

export interface Link {
  readonly edge: Edge;
  readonly from: NodeId;
  readonly to: NodeId;
  /** What stands in the line after the arrow. Begins with a name or a noun. */
  readonly words: string;
  /** The first is the one to look at. */
  readonly places: readonly Place[];
  /** What to do about exactly this. */
  readonly cut: string;
  /** Of a port: whether it asks for a login. */
  readonly login?: Login;
  /** Whether a hardened cluster may withstand it. */
  readonly isPartial?: true;
  /** Whether it counts only behind a program without login: of any other it is what the program is for. */
  readonly needsOpen?: true;
}

export interface Edge extends About {
  /** The id of the permission that it is made of. */
  readonly danger?: string;
  /** Looks at a pod while it is read; what it finds is kept with the workload. */
  readonly ofPod?: (pod: PodView) => readonly Omit<PodSign, "edge">[];
  readonly links: (graph: Graph) => Iterable<Found>;
}

export type Found = Omit<Link, "edge">;

/** What edges look things up in. */
export interface Graph {
  readonly facts: Facts;
  readonly reach: Reach;
  readonly rights: Rights;
}

/** A port of a workload that a Service, a route or a node leads to. */
export interface OpenPort {
  readonly workload: string;
  readonly port: number;
  readonly protocol: string;
}

export interface Reach {
  /** Whether policies let an address of the internet in. */
  readonly fromInternet: (port: OpenPort) => boolean;
  /** Whether they let anybody in at all: a proxy that nobody knows. */
  readonly fromSomebody: (port: OpenPort) => boolean;
  /** Whether some pod that is not of the workload gets there. */
  readonly fromSomePod: (port: OpenPort) => boolean;
  /** Whether pods of a workload get there. */
  readonly fromWorkload: (workload: string, port: OpenPort) => boolean;
  /** Whether a policy closes its pods to callers that none names. */
  readonly isClosed: (workload: string) => boolean;
  /** Whether pods of a workload reach an address. */
  readonly toAddress: (workload: string, ip: string) => boolean;
  /** What listens there. */
  readonly login: (port: OpenPort) => ListeningAt;
  /** The ports that a Service leads to. */
  readonly behind: (namespace: string, service: string, port?: number | string) => readonly OpenPort[];
  /** Every port that something listens on, as far as anything says so. */
  readonly ports: readonly OpenPort[];
}

export interface ListeningAt {
  readonly login: Login;
  readonly words: string;
  readonly place: Place;
  readonly product: string | undefined;
  readonly plain?: Place | undefined;
  readonly gives: Gives;
  readonly cut: string;
}

/** A dangerous permission that a binding makes somebody hold. */
export interface Right {
  readonly danger: string;
  readonly words: string;
  readonly subject: string;
  /** Undefined in the whole cluster. */
  readonly namespace: string | undefined;
  readonly binding: string;
  readonly role: string;
  readonly places: readonly Place[];
  readonly isDefault: boolean;
  /** Whether the binding names nobody else. */
  readonly isAlone: boolean;
}

export interface Rights {
  /** By the id of a danger. */
  readonly of: (danger: string) => readonly Right[];
}

/** The node of whoever a binding names; undefined for people and groups of people, whom no search starts from. */
export function subjectNode(subject: string): NodeId | undefined {
  if (subject === "Group system:authenticated") return ANY_USER;
  if (subject === "Group system:unauthenticated" || subject === "User system:anonymous") return ANONYMOUS;
  if (subject.startsWith("Group system:serviceaccounts")) return groupNode(subject.slice("Group ".length));
  const account = accountIn(subject);
  return account === undefined ? undefined : accountNode(account);
}
