/**
 * `palisade migrate`: moves what runs in a namespace to SecureWorkloads, one at a time. Prints the plan; with `--go` carries it out with the caller's
 * rights, and stops at the first trouble with the way back. Begun anew, it goes on where it stopped.
 */
import type { KubeObject } from "kopf-ts";
import type { Config } from "../config/load.ts";
import { convert } from "../convert/convert.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { elsewhereOf, namespacesNamed } from "../migration/elsewhere.ts";
import { type MigrationPlan, planMigration } from "../migration/plan.ts";
import { type Answer, couldNotLook, type Given, sameFiles, wrongUse } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { manifestsOf } from "./live.ts";
import { carryOut, type Outcome } from "./migrate/carry-out.ts";
import { neighbourhoodsOf } from "./migrate/neighbourhoods.ts";
import { elsewhereData, planText, stepData } from "./migrate/print.ts";
import { readyNames } from "./migrate/ready.ts";
import { openApi } from "./open-api.ts";
import { reachable } from "./reachable.ts";
import { workloadFiles } from "./workloads.ts";

const NEXT = "palisade migrate --help";
/** An image is pulled meanwhile. */
const WAIT_SECONDS = 300;

interface Wanted {
  readonly workloads: readonly KubeObject[];
  /** What a person has to decide first. */
  readonly undecided: readonly string[];
}

/** Findings are steps that are left. */
export async function migrate(given: Given): Promise<Answer> {
  const config = configOf(given.flags, NEXT);
  const { client, namespace, close } = await openApi(config, "migrate", given.signal);
  try {
    const { manifests, unread } = await manifestsOf(client, namespace);
    const running = manifests.map(({ object }) => object);
    const { workloads, undecided } =
      given.flags["filename"] === undefined ? converted(manifests, namespace) : await inFiles(given, namespace);
    const ready = await reachable(() => readyNames(client, namespace));
    const around = await reachable(() => neighbourhoodsOf(client, namespacesNamed(workloads, namespace)));
    const elsewhere = elsewhereOf(workloads, namespace, around);
    const plan = planMigration({ namespace, wanted: workloads, ready, running, elsewhere });
    const told = [
      ...unread.map(sayUnread),
      ...plan.elsewhere.map(({ peer, note }) => `${peer}: ${note}`),
      ...undecided.map((line) => `decide: ${line}`),
    ];
    if (given.flags["go"] !== true) return planned(plan, told, typed(given, namespace, undecided.length > 0));
    const [first] = undecided;
    if (first !== undefined) throw wrongUse(`something is to be decided first: ${first}`, toDecide(namespace));
    const outcome = await reachable(() =>
      carryOut(plan, { client, keep: keepOf(given, namespace), ...paceOf(given, config) }),
    );
    return carriedOut(plan, outcome, told);
  } finally {
    await close();
  }
}

const keepOf = ({ flags }: Given, namespace: string): string =>
  String(flags["keep"] ?? `palisade-migration-${namespace}`);

const paceOf = ({ flags, tell }: Given, { waitSeconds }: Config) => ({
  waitMs: (flags["wait"] === undefined ? WAIT_SECONDS : waitSeconds) * 1_000,
  tell,
});

/** What runs, as `convert --from-cluster` has it. */
function converted(manifests: Parameters<typeof convert>[0]["manifests"], namespace: string): Wanted {
  const { workloads } = convert({ manifests, unread: [] }, namespace);
  return {
    workloads: workloads.map(({ object }) => placed(object, namespace)),
    undecided: workloads.flatMap(({ object, decisions }) =>
      decisions.map((line) => `${object.metadata.name}: ${line}`),
    ),
  };
}

async function inFiles(given: Given, namespace: string): Promise<Wanted> {
  const { workloads, unread } = await workloadFiles({ ...given, flags: { ...given.flags, namespace } }, NEXT);
  const [broken] = unread;
  if (broken !== undefined) throw couldNotLook(sayUnread(broken), NEXT);
  const objects = workloads.map(({ object }) => object).filter((object) => isIn(object, namespace));
  if (objects.length === 0) throw wrongUse(`no SecureWorkload in these files is of namespace ${namespace}`, NEXT);
  for (const object of objects) {
    const parsed = parseSecureWorkload(object);
    if (!parsed.ok)
      throw wrongUse(`SecureWorkload/${object.metadata.name}: ${parsed.errors.join("; ")}`, "palisade explain -");
  }
  return { workloads: objects.map((object) => placed(object, namespace)), undecided: [] };
}

const isIn = ({ metadata }: KubeObject, namespace: string): boolean => (metadata.namespace ?? namespace) === namespace;

const placed = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const toDecide = (namespace: string): string => `palisade convert --from-cluster -n ${namespace} --into converted`;

const typed = (given: Given, namespace: string, isUndecided: boolean): string =>
  isUndecided ? toDecide(namespace) : `palisade migrate -n ${namespace}${sameFiles(given)} --go`;

function planned(plan: MigrationPlan, talk: readonly string[], next: string): Answer {
  const isDone = plan.steps.length === 0;
  return {
    kind: "Migration",
    data: {
      namespace: plan.namespace,
      moved: plan.moved,
      steps: plan.steps.map((step) => stepData(step, "ToDo")),
      peersElsewhere: elsewhereData(plan),
    },
    text: planText(plan),
    hasFindings: !isDone,
    talk,
    next: isDone ? `palisade status -n ${plan.namespace}` : next,
  };
}

function carriedOut(plan: MigrationPlan, { done, trouble }: Outcome, talk: readonly string[]): Answer {
  const stateOf = (workload: string) => {
    if (done.includes(workload)) return "Ready";
    return trouble?.workload === workload ? "Stopped" : "ToDo";
  };
  const left = plan.steps.flatMap(({ workload, leaves }) =>
    leaves !== undefined && done.includes(workload) ? [`kubectl delete ${leaves} -n ${plan.namespace}`] : [],
  );
  return {
    kind: "Migration",
    data: {
      namespace: plan.namespace,
      moved: [...plan.moved, ...done],
      steps: plan.steps.map((step) => stepData(step, stateOf(step.workload))),
      peersElsewhere: elsewhereData(plan),
      ...(trouble === undefined ? {} : { trouble: trouble.message, wayBack: trouble.wayBack }),
    },
    text: plan.steps.map(({ workload }) => `${stateOf(workload).padEnd(8)} ${workload}`).join("\n"),
    hasFindings: trouble !== undefined,
    talk: [
      ...talk,
      ...left.map((line) => `the pods from before run on; when nothing needs them: ${line}`),
      ...(trouble === undefined
        ? []
        : [`${trouble.workload}: ${trouble.message}`, ...trouble.wayBack.map((line) => `way back: ${line}`)]),
    ],
    next: `palisade status -n ${plan.namespace}${trouble === undefined ? "" : ` ${trouble.workload}`}`,
  };
}
