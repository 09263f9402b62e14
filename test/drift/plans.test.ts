/**
 * What the operator would do about every attack that arrives, as it tells it where it only reports: one plan for each, against the one on record.
 * All attacks are made first, each on a stage of its own, so that the plans are read of a cluster that has come to rest.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SECURE_WORKLOAD, SECURITY_BASELINE } from "../../src/crds/group.ts";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { until } from "../cluster/index.ts";
import { golden } from "../support/golden.ts";
import { MARKER, settled } from "../support/marker.ts";
import { useCluster } from "../support/use-palisade.ts";
import type { Attack } from "./case.ts";
import { ADMISSION_ALONE, DRIFT_CASES } from "./cases/index.ts";
import type { Stage } from "./stage.ts";
import { Theatre } from "./theatre.ts";

/** What is done to the cluster as a whole would be in every plan. */
const CLUSTER_WIDE: ReadonlySet<number> = new Set([57, 58, 69, 70, 72, 73, 78, 79]);

const isOfOneStage = ({ onlyGuarded, spoils, stands, prepare }: Attack): boolean =>
  onlyGuarded !== true && spoils !== true && stands !== undefined && prepare === undefined;

const TRIED = DRIFT_CASES.filter(({ number }) => !ADMISSION_ALONE.has(number) && !CLUSTER_WIDE.has(number)).flatMap(
  ({ number, title, attacks }) => attacks.filter(isOfOneStage).map((attack) => ({ number, title, attack })),
);

const { cluster } = useCluster();
let theatre: Theatre;
const stages = new Map<Attack, Stage>();

/** As the status tells it, in an order that does not hang on names, and without what Kubernetes' controllers may or may not have done meanwhile. */
async function planOn(stage: Stage): Promise<readonly string[]> {
  // What concerns the namespace stands with its oldest workload, whichever of two of the same second that is.
  const { items } = await stage.admin.list(SECURE_WORKLOAD, { namespace: stage.namespace });
  const plans = items.flatMap(({ status }) => (status as SecureWorkloadStatus | undefined)?.wouldDo ?? []);
  if (plans.length === 0) return ["the status says nothing of what would be done"];
  return [...new Set(plans.flatMap(({ first }) => first))]
    .filter((line) => !/-\d{8}\b/.test(line))
    .map((line) => withoutNames(line).replace(/(ReplicaSet\/.*); written by .*/, "$1"))
    .sort();
}

/** Names that Kubernetes made up. */
const withoutNames = (line: string): string =>
  line.replace(/\b(web|thief)(-[a-z0-9]{8,10})?(-[a-z0-9]{5})?\b/g, (name, stem: string) =>
    name === stem ? name : `${stem}-…`,
  );

const statusOfAll = async (): Promise<string> => JSON.stringify(await Promise.all([...stages.values()].map(planOn)));

async function untilQuiet(): Promise<void> {
  let last = "";
  await until(
    async () => {
      await settled(cluster);
      const now = await statusOfAll();
      const isQuiet = now === last;
      last = now;
      return isQuiet;
    },
    "the plans to come to rest",
    120_000,
  );
}

beforeAll(async () => {
  theatre = await Theatre.open({ admission: [], cluster });
  await theatre.prepare(TRIED.length);
  // It is made while something is still applied.
  await settled(cluster);
  const admin = theatre.clients.of("admin");
  await admin.patch(
    SECURITY_BASELINE,
    { name: "cluster" },
    { spec: { enforcement: "Report", namespaces: [{ name: MARKER, enforcement: "Enforce" }] } },
    { type: "merge" },
  );
  for (const { attack } of TRIED) {
    const stage = await theatre.take();
    stages.set(attack, stage);
    await attack.act(stage, theatre.clients.of(attack.user));
  }
  await untilQuiet();
}, 600_000);

afterAll(() => theatre?.close());

const fileOf = (number: number): string => `plans/${String(number).padStart(2, "0")}.txt`;

describe("what is planned against an attack that stands", () => {
  const numbers = [...new Set(TRIED.map(({ number }) => number))];
  test.each(numbers)("case %i", async (number) => {
    const texts: string[] = [];
    for (const { attack, title } of TRIED.filter((tried) => tried.number === number)) {
      const plan = await planOn(stages.get(attack) as Stage);
      texts.push([`${title}: ${attack.user} ${attack.title}`, ...plan.map((line) => `  ${line}`)].join("\n"));
    }
    const text = `${texts.join("\n\n")}\n`;
    expect(text).toBe(golden(fileOf(number), text));
  });
});
