/** Takes objects one after another, keeps a fact of each, and drops them. Pure. */
import type { Manifest, Unread } from "../../manifests/parse.ts";
import { isInForce, shapeException, stageAt } from "../../state/records/security-exception.ts";
import { type Place, type Sighting, sightingOf } from "../place.ts";
import { labelsIn } from "../raw.ts";
import { type Policy, policyOf } from "../reach/network-policies.ts";
import { Plugins } from "../reach/plugins.ts";
import { defaultRules, isDefaultRole } from "../rights/default-roles.ts";
import { accountOf, cloudOf } from "./accounts.ts";
import { configMapCredentials } from "./credentials.ts";
import { callersIn, declaredOf } from "./declared.ts";
import { freeKey, Workloads } from "./made.ts";
import type {
  Account,
  Binding,
  ConfigMapCredential,
  Declared,
  Facts,
  Namespace,
  ReferenceGrant,
  Role,
  Route,
  Service,
} from "./model.ts";
import { bindingOf, roleOf } from "./rights.ts";
import { grantOf, routeOf } from "./routes.ts";
import { serviceOf } from "./services.ts";
import { Settings } from "./settings.ts";
import { malformedIn } from "./shapes.ts";
import { type Claim, claimOf, type HostVolume, hostVolumeOf } from "./volumes.ts";
import { workloadOf } from "./workload.ts";

type Take = (sighting: Sighting) => void;

export class Collector {
  readonly #fallback: string;
  readonly #workloads = new Workloads();
  readonly #services: Service[] = [];
  readonly #routes: Route[] = [];
  readonly #grants: ReferenceGrant[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #roles = new Map<string, Role>();
  readonly #bindings = new Map<string, Binding>();
  readonly #namespaces = new Map<string, Namespace>();
  readonly #policies: Policy[] = [];
  readonly #plugins = new Plugins();
  readonly #hostVolumes: HostVolume[] = [];
  readonly #claims = new Map<string, Claim>();
  readonly #settings = new Settings();
  readonly #credentials: ConfigMapCredential[] = [];
  readonly #unread: Unread[] = [];
  readonly #declared = new Map<string, Declared>();
  readonly #lifted = new Set<string>();
  readonly #nowMs: number;
  #callers: Facts["callers"] = {};
  #cloud: string | undefined;
  #count = 0;

  /** `namespace` is that of objects that name none; `nowMs` the instant at which exceptions are in force or not. */
  constructor(namespace: string, nowMs: number) {
    this.#fallback = namespace;
    this.#nowMs = nowMs;
  }

  /** How many objects were taken. */
  get count(): number {
    return this.#count;
  }

  /** What could not be judged is told, and counts as unread. */
  add(manifest: Manifest): void {
    this.#count += 1;
    const sighting = sightingOf(manifest, this.#fallback);
    // What a cluster holds has the shape of its API.
    const malformed = manifest.file === "" ? undefined : malformedIn(sighting);
    if (malformed !== undefined) {
      const { file, line, path } = sighting.at(...malformed.path);
      this.#unread.push({ file, line, problem: `${sighting.ref}: ${path} ${malformed.problem}` });
    }
    try {
      if (sighting.namespace !== "") this.#named(sighting.namespace);
      this.#take(sighting);
    } catch (error) {
      const { file, line } = sighting.at();
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
      this.#unread.push({ file, line, problem: `${sighting.ref} cannot be judged: ${why}` });
    }
  }

  /** Undefined roles that bindings name are among what could not be read. */
  finish(): { readonly facts: Facts; readonly unread: readonly Unread[] } {
    const bindings = [...this.#bindings.values()];
    return {
      facts: {
        workloads: this.#workloads.finish(),
        services: this.#services,
        routes: this.#routes,
        grants: this.#grants,
        accounts: this.#accounts,
        roles: this.#roles,
        bindings,
        namespaces: this.#namespaces,
        policies: this.#policies,
        plugins: this.#plugins.policies,
        tiers: this.#plugins.tiers,
        hostVolumes: this.#hostVolumes,
        claims: this.#claims,
        settings: this.#settings,
        credentials: this.#credentials,
        declared: this.#declared,
        callers: this.#callers,
        lifted: this.#lifted,
        cloud: this.#cloud,
      },
      unread: [
        ...this.#unread,
        ...this.#plugins.unjudged(),
        ...bindings.flatMap((binding) => this.#withoutRole(binding)),
      ],
    };
  }

  readonly #takers: Readonly<Record<string, Take>> = {
    Service: (sighting) => this.#services.push(serviceOf(sighting)),
    ServiceAccount: (sighting) => {
      const account = accountOf(sighting);
      this.#accounts.set(account.key, account);
    },
    Role: (sighting) => this.#role(sighting),
    ClusterRole: (sighting) => this.#role(sighting),
    RoleBinding: (sighting) => this.#binding(sighting),
    ClusterRoleBinding: (sighting) => this.#binding(sighting),
    Namespace: ({ name, object, at }) => {
      this.#namespaces.set(name, { name, labels: labelsIn(object.metadata.labels), place: at() });
    },
    NetworkPolicy: (sighting) => {
      if (sighting.object.apiVersion === "networking.k8s.io/v1") this.#policies.push(policyOf(sighting));
    },
    PersistentVolume: (sighting) => {
      const found = hostVolumeOf(sighting);
      if (found !== undefined) this.#hostVolumes.push(found);
    },
    PersistentVolumeClaim: (sighting) => {
      const claim = claimOf(sighting);
      this.#claims.set(claim.key, claim);
    },
    ConfigMap: (sighting) => {
      this.#settings.add(sighting);
      for (const found of configMapCredentials(sighting)) this.#credentials.push({ ...found, configMap: sighting.ref });
    },
    Node: (sighting) => {
      this.#cloud ??= cloudOf(sighting);
    },
    SecureWorkload: (sighting) => {
      this.#declared.set(`${sighting.namespace}/${sighting.name}`, declaredOf(sighting));
    },
    SecurityBaseline: (sighting) => {
      this.#callers = callersIn(sighting);
    },
    SecurityException: ({ object }) => this.#exception(object),
    // Its values are nobody's business, and its name says nothing.
    Secret: () => {},
  };

  #take(sighting: Sighting): void {
    const taker = Object.hasOwn(this.#takers, sighting.kind) ? this.#takers[sighting.kind] : undefined;
    if (taker !== undefined && isOfKubernetes(sighting)) {
      taker(sighting);
      return;
    }
    if (this.#plugins.take(sighting)) return;
    if (sighting.kind === "ReferenceGrant") this.#grants.push(grantOf(sighting));
    const route = routeOf(sighting);
    if (route !== undefined) this.#routes.push(route);
    const found = workloadOf(sighting, this.#settings);
    if (found !== undefined) this.#workloads.add(found.workload, found.judged);
  }

  #role(sighting: Sighting): void {
    const role = roleOf(sighting);
    const key = freeKey(this.#roles, role.key);
    this.#roles.set(key, { ...role, key });
  }

  #binding(sighting: Sighting): void {
    this.#bindings.set(freeKey(this.#bindings, sighting.ref), bindingOf(sighting));
  }

  /** One that is bound to a uid or an image is not matched here, and lifts nothing. */
  #exception(object: Manifest["object"]): void {
    const exception = shapeException(object);
    if (exception?.spec === undefined || !isInForce(stageAt(exception, this.#nowMs))) return;
    const { uid, image } = exception.spec.workload;
    if (uid !== undefined || image !== undefined) return;
    for (const rule of exception.lifts) this.#lifted.add(`${exception.workload} ${rule}`);
  }

  #named(name: string): void {
    if (!this.#namespaces.has(name)) this.#namespaces.set(name, { name, labels: {}, place: undefined });
  }

  #withoutRole({ bound: { role }, id, place }: Binding): readonly Unread[] {
    const name = role.slice("ClusterRole/".length);
    const isKnown =
      this.#roles.has(role) ||
      isDefaultRole(role) ||
      (role.startsWith("ClusterRole/") && defaultRules(name) !== undefined);
    return isKnown ? [] : [{ ...sourceOf(place), problem: `${id} binds ${role}, which was not read` }];
  }
}

const sourceOf = ({ file, line }: Place): Pick<Unread, "file" | "line"> => ({ file, line });

const GROUPS: ReadonlySet<string> = new Set(["v1", "rbac.authorization.k8s.io", "networking.k8s.io", "palisade.dev"]);

/** A Service of Knative is none of Kubernetes'. */
const isOfKubernetes = ({ object }: Sighting): boolean => GROUPS.has((object.apiVersion ?? "").split("/")[0] ?? "");
