/** Flags of the control plane's own programs and of kubelets, as the CIS Kubernetes Benchmark v2.0.1 asks for them (parts 1, 2 and 4). Pure. */
import type { Place } from "../place.ts";
import type { Severity } from "../severity.ts";
import { type Container, flagIn } from "./container.ts";

export interface ControlPlaneFlag {
  /** `kube-apiserver --profiling`. */
  readonly flag: string;
  /** What it must be, after the flag. */
  readonly words: string;
  readonly severity: Severity;
  readonly place: Place;
}

/** The value of a flag; undefined where the flag is not given. */
type Value = string | undefined;

interface Demand {
  readonly must: string;
  readonly holds: (value: Value) => boolean;
  readonly severity: Severity;
}

const demand = (must: string, holds: Demand["holds"], severity: Severity = "low"): Demand => ({
  must,
  holds,
  severity,
});

const items = (value: Value): readonly string[] => (value ?? "").split(",");

const isSet = demand("must be set", (value) => value !== undefined && value !== "");
const isAbsent = (severity: Severity): Demand => demand("must not be set", (value) => value === undefined, severity);
const is = (wanted: string): Demand => demand(`must be ${wanted}`, (value) => value === wanted);
const isNot = (unwanted: string, severity: Severity = "low"): Demand =>
  demand(`must not be ${unwanted}`, (value) => value !== unwanted, severity);
const holds = (item: string): Demand => demand(`must hold ${item}`, (value) => items(value).includes(item));
const holdsNot = (item: string, severity: Severity = "low"): Demand =>
  demand(`must not hold ${item}`, (value) => !items(value).includes(item), severity);
const isAtLeast = (least: number): Demand =>
  demand(`must be at least ${least}`, (value) => value !== undefined && Number(value) >= least);
const isClosed: Demand = demand("must be 0", (value) => value === undefined || value === "0", "high");
const isLocal: Demand = demand("must be 127.0.0.1", (value) => value === "127.0.0.1" || value === "::1");

type Flags = Readonly<Record<string, readonly Demand[]>>;

const API_SERVER: Flags = {
  "anonymous-auth": [is("false")],
  "basic-auth-file": [isAbsent("medium")],
  "token-auth-file": [isAbsent("medium")],
  "insecure-port": [isClosed],
  "insecure-bind-address": [isAbsent("high")],
  "secure-port": [isNot("0")],
  "kubelet-https": [isNot("false", "medium")],
  "kubelet-client-certificate": [isSet],
  "kubelet-client-key": [isSet],
  "kubelet-certificate-authority": [isSet],
  "authorization-mode": [holdsNot("AlwaysAllow", "high"), holds("Node"), holds("RBAC")],
  "enable-admission-plugins": [holdsNot("AlwaysAdmit", "medium"), holds("NodeRestriction")],
  "disable-admission-plugins": [holdsNot("ServiceAccount"), holdsNot("NamespaceLifecycle"), holdsNot("PodSecurity")],
  profiling: [is("false")],
  "audit-log-path": [isSet],
  "audit-log-maxage": [isAtLeast(30)],
  "audit-log-maxbackup": [isAtLeast(10)],
  "audit-log-maxsize": [isAtLeast(100)],
  "service-account-lookup": [isNot("false", "medium")],
  "service-account-key-file": [isSet],
  "etcd-certfile": [isSet],
  "etcd-keyfile": [isSet],
  "etcd-cafile": [isSet],
  "tls-cert-file": [isSet],
  "tls-private-key-file": [isSet],
  "client-ca-file": [isSet],
  "encryption-provider-config": [isSet],
};

const CONTROLLER_MANAGER: Flags = {
  "terminated-pod-gc-threshold": [isSet],
  profiling: [is("false")],
  "use-service-account-credentials": [is("true")],
  "service-account-private-key-file": [isSet],
  "root-ca-file": [isSet],
  "bind-address": [isLocal],
};

const SCHEDULER: Flags = { profiling: [is("false")], "bind-address": [isLocal] };

const ETCD: Flags = {
  "cert-file": [isSet],
  "key-file": [isSet],
  "client-cert-auth": [is("true")],
  "auto-tls": [isNot("true", "medium")],
  "peer-cert-file": [isSet],
  "peer-key-file": [isSet],
  "peer-client-cert-auth": [is("true")],
  "peer-auto-tls": [isNot("true", "medium")],
};

const KUBELET: Flags = {
  "anonymous-auth": [isNot("true", "high")],
  "authorization-mode": [isNot("AlwaysAllow", "high")],
  "read-only-port": [isClosed],
  "streaming-connection-idle-timeout": [isNot("0")],
  "make-iptables-util-chains": [isNot("false")],
  "hostname-override": [isAbsent("low")],
  "rotate-certificates": [isNot("false")],
};

const PROGRAMS: Readonly<Record<string, Flags>> = {
  "kube-apiserver": API_SERVER,
  "kube-controller-manager": CONTROLLER_MANAGER,
  "kube-scheduler": SCHEDULER,
  etcd: ETCD,
  kubelet: KUBELET,
};

/** An etcd of an application is its own matter. */
const NAMESPACE = "kube-system";

export function controlPlaneFlags(container: Container): readonly ControlPlaneFlag[] {
  const [first] = container.words;
  const program = first?.text.split(/\s/)[0]?.replace(/^.*\//, "") ?? "";
  const flags = Object.hasOwn(PROGRAMS, program) ? PROGRAMS[program] : undefined;
  if (flags === undefined || first === undefined || container.namespace !== NAMESPACE) return [];
  return Object.entries(flags).flatMap(([name, demands]) => {
    const flag = flagIn(container, name);
    const value = flag === undefined ? undefined : (flag.value ?? "true");
    return demands
      .filter((one) => !one.holds(value))
      .map(({ must, severity }) => ({
        flag: `${program} --${name}`,
        words: must,
        severity,
        place: flag?.place ?? first.place,
      }));
  });
}
