/** A cluster for attacks: paper nodes whose pods run, the operator or not, the admission policies or not, and stages on demand. */
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { ApiError } from "../../src/kopf/api-error.ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  DEPLOYMENT,
} from "../../src/reconcilers/secure-workload/resources/kinds.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { installCrds } from "../support/crds.ts";
import { type PaperKubelet, startPaperKubelet } from "../support/paper-kubelet.ts";
import { type Clients, INTRUDER, makeStage, openClients, type Stage, VICTIM } from "./stage.ts";

export interface TheatreOptions {
  /** None: every attack arrives. */
  readonly admission: readonly AdmissionPolicy[];
  readonly log?: (line: string) => void;
}

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

/** The API server looks for new policies every second. */
const HOLD_AFTER_MS = 3_000;

export class Theatre {
  readonly cluster: TestCluster;
  readonly clients: Clients;
  readonly #options: TheatreOptions;
  readonly #kubelet: PaperKubelet;
  #palisade: RunningPalisade | undefined;
  readonly #clean: Stage[] = [];
  #made = 0;

  private constructor(cluster: TestCluster, clients: Clients, kubelet: PaperKubelet, options: TheatreOptions) {
    this.cluster = cluster;
    this.clients = clients;
    this.#kubelet = kubelet;
    this.#options = options;
  }

  static async open(options: TheatreOptions): Promise<Theatre> {
    const cluster = await startCluster({
      components: ["controller-manager", "scheduler"],
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    await installPalisade(cluster);
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

  /** New policies hold a moment after they are stored: resolves when all of them are, a forbidden write is refused, and that moment is over. */
  async untilGuarded(): Promise<void> {
    await until(async () => {
      const told = await kubectl(this.cluster, ["get", "securitybaseline", "cluster", "-o", "json"]);
      return told.includes('"PoliciesStand"');
    }, "every policy to stand");
    const stage = await this.take();
    const client = this.clients.of("alice");
    const patch = { metadata: { labels: { "palisade.dev/probe": "yes" } } };
    await until(async () => {
      try {
        await client.patch(DEPLOYMENT, { namespace: stage.namespace, name: VICTIM }, patch, {
          type: "merge",
          dryRun: true,
        });
        return false;
      } catch (error) {
        return error instanceof ApiError && error.message.includes("palisade-owned-objects");
      }
    }, "the policies to hold");
    await pause(HOLD_AFTER_MS);
    this.giveBack(stage);
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
    while (this.#clean.length < count) this.#clean.push(...(await this.#make(Math.min(4, count - this.#clean.length))));
  }

  /** A stage that nobody changed. */
  async take(): Promise<Stage> {
    const stage = this.#clean.shift();
    if (stage !== undefined) return stage;
    const [made] = await this.#make(1);
    return made as Stage;
  }

  /** It is as it was: the next may have it. */
  giveBack(stage: Stage): void {
    this.#clean.push(stage);
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
    await this.cluster.stop();
  }
}
