/** What teams, tools and the cluster itself do all day, none of which weakens anything: none of it may be refused or undone. */

import { ApiError, type KubeObject } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { DEPLOYMENT, POD, SECRET } from "../../src/kubernetes/kinds.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { kubectl } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { type Clients, type Stage, secureWorkload, VICTIM } from "./stage.ts";
import type { Theatre } from "./theatre.ts";

export interface Life {
  readonly cluster: TestCluster;
  readonly clients: Clients;
  readonly stage: Stage;
  /** Counts up: what is different each time. */
  readonly round: number;
}

export interface Habit {
  readonly title: string;
  readonly act: (life: Life) => Promise<unknown>;
}

const run = (
  { cluster, stage }: Life,
  user: "alice" | "platform",
  args: readonly string[],
  input?: object,
): Promise<string> =>
  kubectl(cluster, [...args, "-n", stage.namespace], { user, ...(input === undefined ? {} : { input }) });

/** As a tool that syncs a folder declares it, with its own marks and field manager. */
const declared = ({ stage, round }: Life, name: string, metadata: object): KubeObject => {
  const object = secureWorkload(stage.namespace, name, { image: `registry.example.com/shop/${name}:1.${round}.0` });
  return { ...object, metadata: { ...object.metadata, ...metadata } };
};

const sync = (life: Life, manager: string, name: string, metadata: object): Promise<string> =>
  run(
    life,
    "alice",
    ["apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`, "-f", "-"],
    declared(life, name, metadata),
  );

const CONTROLLER = "deployment";

const untilThere = ({ get, namespace }: Stage, name: string): Promise<void> =>
  until(async () => (await get(DEPLOYMENT, name)) !== undefined, `Deployment ${name} of ${namespace}`);

/** A disruption budget answers 429; a pod may be gone meanwhile. */
function unlessTooManyOrGone(error: unknown): void {
  if (!(error instanceof ApiError && (error.status === 429 || error.status === 404))) throw error;
}

export const HABITS: readonly Habit[] = [
  {
    title: "Argo CD syncs a workload",
    act: (life) =>
      sync(life, "argocd-controller", "synced", {
        annotations: {
          "argocd.argoproj.io/tracking-id": `shop:palisade.dev/SecureWorkload:${life.stage.namespace}/synced`,
        },
      }),
  },
  {
    title: "Flux syncs a workload",
    act: (life) =>
      sync(life, "kustomize-controller", "flowing", {
        labels: { "kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
      }),
  },
  {
    title: "Helm upgrades a release",
    act: (life) =>
      sync(life, "helm", "packaged", {
        labels: { "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "packaged" },
        annotations: {
          "meta.helm.sh/release-name": "packaged",
          "meta.helm.sh/release-namespace": life.stage.namespace,
        },
      }),
  },
  {
    title: "a new version rolls out",
    act: (life) =>
      run(life, "alice", [
        "patch",
        "sw",
        VICTIM,
        "--type=merge",
        "-p",
        JSON.stringify({ spec: { image: `registry.example.com/shop/web:2.${life.round}.0` } }),
      ]),
  },
  {
    title: "a team restarts a rollout",
    act: (life) => run(life, "alice", ["rollout", "restart", `${CONTROLLER}/${VICTIM}`]),
  },
  {
    title: "a team scales",
    act: (life) => run(life, "alice", ["scale", "sw", VICTIM, `--replicas=${1 + (life.round % 3)}`]),
  },
  {
    title: "an autoscaler scales",
    act: async ({ stage, clients, round }) => {
      const hpa = clients.of("autoscaler");
      await stage.admin.apply(
        SECURE_WORKLOAD,
        secureWorkload(stage.namespace, "elastic", {
          autoscaling: { minReplicas: 1, maxReplicas: 6, cpu: { averageUtilization: 60 } },
        }),
      );
      const metadata = { namespace: stage.namespace, name: "elastic" };
      const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata, spec: { replicas: 1 + (round % 6) } };
      await untilThere(stage, metadata.name);
      await hpa.replace(DEPLOYMENT, scale, { subresource: "scale" });
    },
  },
  {
    title: "a team deletes a pod",
    act: async ({ stage, clients }) => {
      const [pod] = await stage.pods();
      if (pod !== undefined)
        await clients.of("alice").delete(POD, { namespace: stage.namespace, name: pod.metadata.name });
    },
  },
  {
    title: "a node is drained",
    act: async ({ stage, clients }) => {
      const { items } = await stage.admin.list(POD, { namespace: stage.namespace });
      for (const { metadata } of items.slice(0, 3)) {
        const eviction = {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: metadata.name, namespace: stage.namespace },
        } as KubeObject;
        await clients.of("platform").create(POD, eviction, { subresource: "eviction" }).catch(unlessTooManyOrGone);
      }
    },
  },
  {
    title: "Argo CD marks what belongs to a workload",
    act: (life) =>
      run(life, "alice", [
        "annotate",
        "--overwrite",
        CONTROLLER,
        VICTIM,
        `argocd.argoproj.io/tracking-id=shop:apps/Deployment:${life.round}`,
      ]),
  },
  {
    title: "a team labels its workload",
    act: (life) => run(life, "alice", ["label", "--overwrite", "sw", VICTIM, `team.example.com/round=r${life.round}`]),
  },
  {
    title: "the platform labels the namespace",
    act: (life) =>
      kubectl(
        life.cluster,
        ["label", "--overwrite", "namespace", life.stage.namespace, `cost.example.com/round=r${life.round}`],
        { user: "platform" },
      ),
  },
  {
    title: "a team makes a ConfigMap and changes it",
    act: (life) =>
      run(life, "alice", ["apply", "-f", "-"], {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { round: String(life.round) },
      }),
  },
  {
    title: "the secret manager rotates a Secret",
    act: ({ stage, clients, round }) =>
      clients
        .of("secret-manager")
        .patch(
          SECRET,
          { namespace: stage.namespace, name: "web-key" },
          { stringData: { key: `v${round}` } },
          { type: "merge" },
        ),
  },
  {
    title: "a workload comes and goes",
    act: async (life) => {
      await run(life, "alice", ["apply", "-f", "-"], secureWorkload(life.stage.namespace, "passing"));
      await run(life, "alice", ["delete", "sw", "passing"]);
    },
  },
];

export interface Lived {
  /** How often each habit was gone through. */
  readonly rounds: number;
  /** What was refused, with who refused it. */
  readonly refused: readonly string[];
  /** What was undone or deleted, as the Events tell it. */
  readonly undone: readonly string[];
}

/** Goes through every habit again and again, for so long at least, and then waits until the dust has settled. */
export async function live(
  theatre: Theatre,
  { durationMs, onRound }: { readonly durationMs: number; readonly onRound?: (round: number) => void },
): Promise<Lived> {
  const stage = await theatre.take();
  const refused: string[] = [];
  const before = theatre.corrections();
  const since = performance.now();
  let round = 0;
  do {
    round += 1;
    onRound?.(round);
    for (const { title, act } of HABITS) {
      const life = { cluster: theatre.cluster, clients: theatre.clients, stage, round };
      await act(life).catch((error: unknown) => refused.push(`${title}: ${messageOf(error)}`));
      await pause(200);
    }
  } while (performance.now() - since < durationMs);
  await pause(5_000);
  const told = await lookAt(theatre.cluster, stage.namespace).corrections();
  const counted = (await theatre.corrections()) - (await before);
  return { rounds: round, refused, undone: counted === told.length ? told : [...told, `${counted} by the metric`] };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 400);
