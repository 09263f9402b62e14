/** A cluster for attacks: paper nodes whose pods run, the operator or not, the admission policies or not, and stages on demand. */
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { BASELINE_NAME, SECURITY_BASELINE } from "../../src/crds/group.ts";
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING } from "../../src/kubernetes/kinds.ts";
import { BURST } from "../../src/reconcilers/apply/destruction-budget.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { installCrds } from "../support/crds.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { type PaperKubelet, startPaperKubelet } from "../support/paper-kubelet.ts";
import { type Clients, INTRUDER, makeStage, openClients, type Stage } from "./stage.ts";

export interface TheatreOptions {
  /** None: every attack arrives. */
  readonly admission: readonly AdmissionPolicy[];
  readonly log?: (line: string) => void;
  /** With Palisade installed, and left when the theatre closes; one of its own unless set. */
  readonly cluster?: TestCluster;
}

/** Half of the burst of a cause: some attacks destroy twice. */
const MOST_UNDONE = BURST / 2;
const STAGES_AT_ONCE = 4;

/** A kind of a mesh that nobody here acts on. */
const PEER_AUTHENTICATIONS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "peerauthentications.security.istio.io" },
  spec: {
    group: "security.istio.io",
    scope: "Namespaced",
    names: { kind: "PeerAuthentication", plural: "peerauthentications", singular: "peerauthentication" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

async function startInstalled({ log }: TheatreOptions): Promise<TestCluster> {
  const components = ["controller-manager", "scheduler"] as const;
  const cluster = await startCluster({ components, ...(log === undefined ? {} : { log }) });
  await installPalisade(cluster);
  return cluster;
}

export class Theatre {
  readonly cluster: TestCluster;
  readonly clients: Clients;
  readonly #options: TheatreOptions;
  readonly #kubelet: PaperKubelet;
  #palisade: RunningPalisade | undefined;
  readonly #clean: Stage[] = [];
  #made = 0;
  readonly #undone = new WeakMap<Stage, number>();

  private constructor(cluster: TestCluster, clients: Clients, kubelet: PaperKubelet, options: TheatreOptions) {
    this.cluster = cluster;
    this.clients = clients;
    this.#kubelet = kubelet;
    this.#options = options;
  }

  static async open(options: TheatreOptions): Promise<Theatre> {
    const cluster = options.cluster ?? (await startInstalled(options));
    const clients = await openClients(cluster);
    const admin = clients.of("admin");
    await admin.create(CLUSTER_ROLE, INTRUDER[0] as never);
    await admin.create(CLUSTER_ROLE_BINDING, INTRUDER[1] as never);
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: {
        apiVersion: "palisade.dev/v1alpha1",
        kind: "SecurityBaseline",
        metadata: { name: "cluster" },
        spec: { secretWriters: [{ kind: "ServiceAccount", name: "external-secrets", namespace: "vault" }] },
      },
    });
    for (const file of ["cilium", "calico", "gateway-api"]) await installCrds(cluster, file);
    await kubectl(cluster, ["apply", "-f", "-"], { input: PEER_AUTHENTICATIONS });
    const kubelet = await startPaperKubelet(cluster, admin);
    const theatre = new Theatre(cluster, clients, kubelet, options);
    await theatre.startOperator();
    return theatre;
  }

  /** New policies hold a moment after they are stored: resolves when all of them do. */
  async untilGuarded(): Promise<void> {
    await untilPoliciesStand(this.cluster);
  }

  async startOperator(): Promise<void> {
    this.#palisade ??= await runPalisade(this.cluster, { admission: this.#options.admission });
  }

  /** How many corrections the operator and the keeper have counted. */
  async corrections(): Promise<number> {
    const processes = [this.#palisade?.operator, this.#palisade?.keeper];
    const metrics = await Promise.all(
      processes.map((one) => one?.registry.getSingleMetric("palisade_drift_corrections_total")?.get()),
    );
    return metrics.flatMap((metric) => metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }

  async stopOperator(): Promise<void> {
    await this.#palisade?.stop();
    this.#palisade = undefined;
  }

  /** Makes sure of so many stages, before the operator is stopped. */
  async prepare(count: number): Promise<void> {
    const atOnce = () => Math.min(STAGES_AT_ONCE, count - this.#clean.length);
    while (this.#clean.length < count) this.#clean.push(...(await this.#make(atOnce())));
    await until(() => this.#areClosed(), "every stage to be told as closed");
  }

  /** What is bound over the whole cluster is refused by what the SecurityBaseline says is closed. */
  async #areClosed(): Promise<boolean> {
    const baseline = await this.clients.of("admin").get(SECURITY_BASELINE, { name: BASELINE_NAME });
    const { closed = [] } = (baseline?.["status"] ?? {}) as { readonly closed?: readonly string[] };
    return this.#clean.every(({ namespace }) => closed.includes(namespace));
  }

  /** A stage that nobody changed. */
  async take(): Promise<Stage> {
    const stage = this.#clean.shift();
    if (stage !== undefined) return stage;
    const [made] = await this.#make(1);
    return made as Stage;
  }

  /** It is as it was: the next may have it, unless so much was undone there that the budget for what one cause may have destroyed runs out. */
  giveBack(stage: Stage, outcome?: "undone"): void {
    const undone = (this.#undone.get(stage) ?? 0) + (outcome === undefined ? 0 : 1);
    this.#undone.set(stage, undone);
    if (undone < MOST_UNDONE) this.#clean.push(stage);
  }

  #make(count: number): Promise<readonly Stage[]> {
    return Promise.all(
      Array.from({ length: count }, (): Promise<Stage> => {
        this.#made += 1;
        return makeStage(this.cluster, this.clients, `stage-${this.#made}`);
      }),
    );
  }

  async close(): Promise<void> {
    await this.stopOperator();
    await this.#kubelet.stop();
    await this.clients.close();
    if (this.#options.cluster === undefined) await this.cluster.stop();
  }
}
