/** Policies that the API server reads from a folder: they refuse from its start, and nobody takes them away through the API. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Client } from "kopf-ts";
import { ENROLMENT_LABEL } from "../../src/crds/group.ts";
import { DEPLOYMENT } from "../../src/kubernetes/kinds.ts";
import { startCluster, type TestCluster } from "../cluster/index.ts";
import { refusalBy } from "../support/admission.ts";
import { clientOf, kubectl } from "../support/cluster.ts";
import { DEPLOYMENTS, holding } from "../support/pod-holders.ts";
import { OBEYING, podWith } from "../support/weak-pods.ts";

const GENERATED = join(import.meta.dirname, "..", "..", "config", "admission", "static");
const NAME = "palisade-pod-baseline-templates.static.k8s.io";
const namespace = "enrolled";

const folder = mkdtempSync(join(tmpdir(), "palisade-static-"));
let cluster: TestCluster;
let client: Client;
let close: () => Promise<void>;

beforeAll(async () => {
  // Those alone: the others would refuse what the test itself does.
  const filter = (path: string): boolean => path === GENERATED || path.includes("palisade-pod-baseline");
  cpSync(GENERATED, folder, { recursive: true, filter });
  cluster = await startCluster({ staticPolicies: folder });
  ({ client, close } = await clientOf(cluster));
  await kubectl(cluster, ["create", "namespace", namespace]);
  await kubectl(cluster, ["label", "namespace", namespace, `${ENROLMENT_LABEL}=sealed`]);
}, 540_000);

afterAll(async () => {
  await close?.();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const asked = (pod: typeof OBEYING): Promise<string | undefined> =>
  refusalBy(() => client.create(DEPLOYMENT, holding(DEPLOYMENTS, pod, { namespace }), { dryRun: true }));
const WEAK = podWith({ hostNetwork: true });

test("a weak template is refused by the policy of the folder, and one that obeys is taken", async () => {
  expect(await asked(WEAK)).toContain(`'${NAME}' with binding '${NAME}' denied request: palisade: `);
  expect(await asked(OBEYING)).toBeUndefined();
});

test("there is nothing in the API to be deleted, changed or put in its place", async () => {
  for (const kind of ["validatingadmissionpolicy", "validatingadmissionpolicybinding"]) {
    expect(JSON.parse(await kubectl(cluster, ["get", kind, "-o", "json"]))).toMatchObject({ items: [] });
    expect((await cluster.kubectl(["delete", kind, NAME])).stderr).toContain("NotFound");
  }
  const impostor = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: NAME },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] },
        ],
      },
      validations: [{ expression: "true" }],
    },
  };
  const created = await cluster.kubectl(["create", "-f", "-"], { input: JSON.stringify(impostor) });
  expect(created.stderr).toContain(".static.k8s.io");
  expect(await asked(WEAK)).toContain(NAME);
});

test("it refuses from the first moment of an API server that starts anew", async () => {
  await cluster.restartApiServer();
  expect(await asked(WEAK)).toContain(NAME);
});
