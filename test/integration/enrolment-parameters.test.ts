/** The policies that look at our own kinds, where those are not served: enrolment waits, and nothing else of a namespace does. */

import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import pino from "pino";
import { admissionObjects } from "../../src/admission/index.ts";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { ENROLMENT_LABEL } from "../../src/crds/group.ts";
import { DEFAULT_INSTALLATION, KEEPER_CONTROLLER, KEEPER_NAME } from "../../src/installation.ts";
import { registerKeeper } from "../../src/reconcilers/admission/keeper.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { kubectl, processOf, runProcess } from "../support/cluster.ts";
import { installPalisade } from "../support/install.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const ROLES = join(import.meta.dirname, "..", "..", "config", "rbac");
const DECLARED = "declared";
const BARE = "bare";

let stop: () => Promise<void>;
/** Of the operator's account, which alone may write the label. */
let kubeconfig: string;

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  await kubectl(cluster, ["apply", "-k", ROLES]);
  for (const namespace of [DECLARED, BARE]) await kubectl(cluster, ["create", "namespace", namespace]);
  kubeconfig = await cluster.serviceAccountKubeconfig(DEFAULT_INSTALLATION.namespace, DEFAULT_INSTALLATION.account);
  const logger = pino({ level: "silent" });
  const keeper = await processOf(cluster, { name: KEEPER_NAME, controller: KEEPER_CONTROLLER, logger });
  registerKeeper(keeper, ADMISSION_POLICIES, KEEPER_NAME);
  stop = await runProcess(keeper);
}, 120_000);

afterAll(async () => {
  await stop?.();
});

const enrol = (namespace: string) => {
  const label = ["label", "namespace", namespace, `${ENROLMENT_LABEL}=observing`, "--dry-run=server"];
  return cluster.kubectl(["--kubeconfig", kubeconfig, ...label]);
};
const isEnrolled = async (namespace: string): Promise<boolean> => (await enrol(namespace)).code === 0;

const namesOf = (policies: readonly AdmissionPolicy[]): readonly string[] =>
  policies.flatMap(admissionObjects).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
const PLAIN = ADMISSION_POLICIES.filter(({ parameters }) => parameters === undefined);

async function standing(): Promise<readonly string[]> {
  const kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
  const { items } = JSON.parse(await kubectl(cluster, ["get", kinds, "-o", "json"])) as {
    items: readonly KubeObject[];
  };
  return items.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

const stand = (policies: readonly AdmissionPolicy[]): Promise<void> =>
  until(
    async () => isDeepStrictEqual(new Set(await standing()), new Set(namesOf(policies))),
    "the policies, and no others",
    30_000,
  );

/** A change of somebody who has nothing to do with enrolment. */
async function changesAnything(): Promise<void> {
  for (const namespace of [DECLARED, BARE])
    await kubectl(cluster, ["label", "namespace", namespace, "--overwrite", "team=any"]);
}

test("without the definitions every policy stands that looks at none of them", async () => {
  await stand(PLAIN);
  await changesAnything();
});

test("once they are served, every policy stands, and a namespace with a workload is enrolled", async () => {
  await installPalisade(cluster);
  await stand(ADMISSION_POLICIES);
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("web", DECLARED, { replicas: 0 }) });
  const startedMs = performance.now();
  await until(() => isEnrolled(DECLARED), "the namespace to be enrolled", 60_000);
  console.log(`enrolment is let through after ${Math.round(performance.now() - startedMs)} ms`);
  expect((await enrol(BARE)).stderr).toContain("palisade-enrolment-needs-secureworkload");
  await changesAnything();
}, 150_000);

test("once they are gone nothing is enrolled, and namespaces change as ever", async () => {
  await kubectl(cluster, ["delete", "crd", ...CUSTOM_KINDS.map(({ resource }) => crdNameOf(resource))]);
  await until(async () => !(await isEnrolled(DECLARED)), "the API server to know", 60_000);
  await changesAnything();
}, 90_000);
