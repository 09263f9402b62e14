/** What is kept of the objects that were read. Everything else is dropped. */
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import type { Callers, DeclaredWorkload } from "../../learn/declared.ts";
import type { Bound } from "../../rbac/excess.ts";
import type { RoleRecord } from "../../rbac/records.ts";
import type { Place } from "../place.ts";
import type { Listening } from "../products/product.ts";
import type { Policy } from "../reach/network-policies.ts";
import type { PluginPolicy } from "../reach/plugin-policy.ts";
import type { Tier } from "../reach/policies.ts";
import type { Container, ContainerPort } from "./container.ts";
import type { ControlPlaneFlag } from "./control-plane.ts";
import type { Credential } from "./credentials.ts";
import type { MiningSign } from "./mining.ts";
import type { Settings } from "./settings.ts";
import type { Claim, ClaimMount, HostVolume } from "./volumes.ts";

export type Labels = Readonly<Record<string, string>>;

/** Something about a pod that an edge found: see `edges/`. */
export interface PodSign {
  readonly edge: string;
  readonly words: string;
  /** What to do about exactly this. */
  readonly cut: string;
  readonly place: Place;
  /** Of what a hardened node may withstand. */
  readonly isPartial?: true;
  /** Of the pod rules that say the same. */
  readonly rule?: string;
}

/** A broken rule. */
export interface Breach {
  readonly rule: string;
  readonly words: string;
  readonly place: Place;
  /** Whether Pod Security's baseline refuses it too. */
  readonly isBelowBaseline: boolean;
}

export interface Workload {
  /** `Kind/namespace/name`. */
  readonly id: string;
  readonly makers: readonly string[];
  readonly namespace: string;
  readonly labels: Labels;
  /** `namespace/name`. */
  readonly account: string;
  /** Whether a token is mounted: said by the pod, or left to its account. */
  readonly token: boolean | "as-account";
  readonly tokenPlace: Place;
  readonly hostNetwork: boolean;
  /** A pod that a kubelet runs from a file of the control plane. */
  readonly isControlPlane: boolean;
  /** Runs nothing any more. */
  readonly isIdle: boolean;
  readonly ports: readonly ContainerPort[];
  readonly listening: readonly (() => readonly Listening[])[];
  readonly signs: readonly PodSign[];
  readonly breaches: readonly Breach[];
  readonly credentials: readonly Credential[];
  /** Variables that Secrets give. */
  readonly secretVariables: readonly Credential[];
  readonly mining: readonly MiningSign[];
  readonly claimMounts: readonly ClaimMount[];
  /** What is not as it should be, of a program of the control plane. */
  readonly flags: readonly ControlPlaneFlag[];
  readonly place: Place;
}

export interface Service {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly selector: Labels;
  readonly ports: readonly ServicePort[];
  /** Addresses outside of the cluster's own that it answers at. */
  readonly externalIPs: readonly string[];
  /** The Service of the cluster that it is another name of. */
  readonly alias: ServiceName | undefined;
  /** Where it answers the internet; undefined where it does not. */
  readonly open: { readonly words: string; readonly place: Place } | undefined;
  readonly place: Place;
}

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

export interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: string;
  readonly nodePort: number | undefined;
}

/** An Ingress, or a route of a Gateway. */
export interface Route {
  readonly id: string;
  readonly namespace: string;
  readonly backends: readonly Backend[];
  /** Whether it asks for a login itself. */
  readonly login: Place | undefined;
  readonly isPlain: boolean;
  /** Settings of the proxy itself in an annotation. */
  readonly snippet: Place | undefined;
  readonly place: Place;
}

export interface Backend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string | undefined;
  readonly place: Place;
}

/** Which routes of one namespace may lead to Services of another. */
export interface ReferenceGrant {
  readonly namespace: string;
  /** As `Kind/namespace` of routes. */
  readonly from: readonly string[];
  /** Names of Services; undefined for all of them. */
  readonly to: readonly (string | undefined)[];
}

export interface Account {
  /** `namespace/name`. */
  readonly key: string;
  readonly automount: boolean;
  /** The cloud identity that its annotations give it. */
  readonly cloud: { readonly words: string; readonly place: Place } | undefined;
  readonly place: Place;
}

export interface Role {
  readonly key: string;
  readonly namespace: string | undefined;
  readonly record: RoleRecord;
  /** Made by the API server itself. */
  readonly isDefault: boolean;
  readonly place: Place;
}

export interface Binding {
  readonly bound: Bound;
  readonly id: string;
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
  readonly isDefault: boolean;
  readonly place: Place;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
  /** Undefined for one that only objects name. */
  readonly place: Place | undefined;
}

/** What a SecureWorkload declares of who calls whom. */
export interface Declared extends DeclaredWorkload {
  /** `SecureWorkload/namespace/name`. */
  readonly id: string;
  /** Ports that hosts lead to. */
  readonly exposed: readonly number[];
}

export interface ConfigMapCredential extends Credential {
  readonly configMap: string;
}

/** Everything that was read, once all was. */
export interface Facts {
  /** By {@link Workload.id}; what another one of them makes is left out. */
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  readonly grants: readonly ReferenceGrant[];
  readonly accounts: ReadonlyMap<string, Account>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly bindings: readonly Binding[];
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly policies: readonly Policy[];
  /** Of network plugins, and of administrators. */
  readonly plugins: readonly PluginPolicy[];
  readonly tiers: readonly Tier[];
  readonly hostVolumes: readonly HostVolume[];
  /** By `namespace/name`. */
  readonly claims: ReadonlyMap<string, Claim>;
  readonly settings: Settings;
  readonly credentials: readonly ConfigMapCredential[];
  /** By `namespace/name` of the SecureWorkload. */
  readonly declared: ReadonlyMap<string, Declared>;
  /** Of the SecurityBaseline, as far as it was read. */
  readonly callers: Callers;
  /** `namespace/name rule` of SecureWorkloads whose rule a SecurityException lifts now. */
  readonly lifted: ReadonlySet<string>;
  /** A cloud whose nodes these are, where something says so. */
  readonly cloud: string | undefined;
}

export type { Container, ContainerPort, Credential, LabelSelector, MiningSign };
