/** What is above a workload: its namespace, its own kinds, the policies, the operator. */
import type { KubeObject, Resource } from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_EXCEPTION } from "../../../src/crds/group.ts";
import type { Condition } from "../../../src/crds/v1alpha1/secure-workload.ts";
import {
  clusterScoped,
  MUTATING_ADMISSION_POLICY,
  MUTATING_ADMISSION_POLICY_BINDING,
  NAMESPACE,
  NETWORK_POLICY,
  namespaced,
  POD,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../../../src/kubernetes/kinds.ts";
import { pause } from "../../cluster/pause.ts";
import type { Attack, DriftCase } from "../case.ts";
import { creating } from "../patches.ts";
import { type Stage, secureWorkload, VICTIM } from "../stage.ts";
import { eventTells, workloadTells } from "../told.ts";

const EVENT = namespaced("events.k8s.io", "v1", "Event", "events");
const LEASE = namespaced("coordination.k8s.io", "v1", "Lease", "leases");
const LIMIT_RANGE = namespaced("", "v1", "LimitRange", "limitranges");
const RESOURCE_QUOTA = namespaced("", "v1", "ResourceQuota", "resourcequotas");

const CRD = clusterScoped("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions");

const ENFORCE = "pod-security.kubernetes.io/enforce";

const labelling = (title: string, label: string, value: string | null): Attack => {
  const before = new Map<string, string | undefined>();
  const read = async ({ admin, namespace }: Stage) =>
    (await admin.get(NAMESPACE, { name: namespace }))?.metadata.labels?.[label];
  return {
    title,
    user: "mallory",
    prepare: async (stage) => before.set(stage.namespace, await read(stage)),
    act: ({ namespace }, client) =>
      client.patch(NAMESPACE, { name: namespace }, { metadata: { labels: { [label]: value } } }, { type: "merge" }),
    stands: async (stage) => (await read(stage)) !== before.get(stage.namespace),
    restore: (stage) =>
      stage.admin.patch(
        NAMESPACE,
        { name: stage.namespace },
        { metadata: { labels: { [label]: before.get(stage.namespace) ?? null } } },
        { type: "merge" },
      ),
  };
};

/** A second workload that must not come to run; told of on itself. */
const declaring = (title: string, object: (stage: Stage) => KubeObject, user: Attack["user"]): Attack => {
  const { act, restore } = creating(title, SECURE_WORKLOAD, object, user);
  return {
    title,
    user,
    act,
    ...(restore === undefined ? {} : { restore }),
    told: async (stage) => {
      const { name, namespace = "" } = object(stage).metadata;
      const live = await stage.admin.get(SECURE_WORKLOAD, { namespace, name });
      const status = live?.["status"] as { readonly conditions?: readonly Condition[] } | undefined;
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      const refused = ["NamespaceRefused", "IdentityNotGranted"].includes(ready?.reason ?? "");
      return refused ? `condition Ready ${ready?.reason}` : undefined;
    },
  };
};

/** On an admission policy or binding: as it was, it is undone. */
const unguarding = (
  title: string,
  resource: Resource,
  change: (name: string, client: Parameters<Attack["act"]>[1]) => Promise<unknown>,
): Attack => {
  const name = "palisade-owned-objects";
  let before: KubeObject | undefined;
  const read = ({ admin }: Stage): Promise<KubeObject | undefined> => admin.get(resource, { name });
  return {
    title,
    user: "mallory",
    onlyGuarded: true,
    prepare: async (stage) => {
      before = await read(stage);
    },
    act: (_stage, client) => change(name, client),
    stands: async (stage) => JSON.stringify((await read(stage))?.["spec"]) !== JSON.stringify(before?.["spec"]),
    // Or every later attack would find the API server without it.
    restore: async ({ admin }) => {
      await admin.apply(resource, { ...before, metadata: { name } } as KubeObject);
      await pause(2_000);
    },
  };
};

/** By namespace: whether pods of the victim outlived what closes them in. */
const opened = new Map<string, boolean>();

async function wereOpen(stage: Stage): Promise<boolean> {
  for (const since = performance.now(); performance.now() - since < 20_000; await pause(20)) {
    const isClosed = (await stage.get(NETWORK_POLICY, "palisade-default-deny")) !== undefined;
    const { items } = await stage.admin.list(POD, { namespace: stage.namespace });
    if (items.length === 0) return false;
    if (!isClosed) return true;
  }
  return false;
}

const INJECTED = { name: "injected", image: "registry.example.com/proxy:1" };

/** A mutating policy on pods, and then new pods. */
const injecting = (title: string, expression: string, told: NonNullable<Attack["told"]>): Attack => ({
  title,
  user: "mallory",
  act: async (stage, client) => {
    const name = `inject-${stage.namespace}`;
    const apiVersion = "admissionregistration.k8s.io/v1";
    await client.create(MUTATING_ADMISSION_POLICY, {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Ignore",
        reinvocationPolicy: "Never",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": stage.namespace } },
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
        mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }],
      },
    } as unknown as KubeObject);
    await client.create(MUTATING_ADMISSION_POLICY_BINDING, {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    } as unknown as KubeObject);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const { metadata } of await stage.pods())
      await client.delete(POD, { namespace: stage.namespace, name: metadata.name });
  },
  told,
  restore: async ({ admin, namespace }) => {
    await admin.delete(MUTATING_ADMISSION_POLICY_BINDING, { name: `inject-${namespace}` });
    await admin.delete(MUTATING_ADMISSION_POLICY, { name: `inject-${namespace}` });
  },
  spoils: true,
});

export const PLATFORM_CASES: readonly DriftCase[] = [
  {
    number: 30,
    title: "pods deleted again and again",
    who: "E",
    attacks: [
      {
        title: "deletes the pods in a loop",
        user: "alice",
        act: async (stage, client) => {
          for (let round = 0; round < 12; round += 1) {
            for (const { metadata } of await stage.pods())
              await client.delete(POD, { namespace: stage.namespace, name: metadata.name }, { gracePeriodSeconds: 0 });
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        },
        told: eventTells("PodsDisrupted"),
        spoils: true,
      },
    ],
  },
  {
    number: 37,
    title: "the policies gone before the pods",
    who: "E",
    attacks: [
      {
        title: "deletes the workload, and hopes for a moment of open pods",
        user: "alice",
        act: async (stage, client) => {
          await client.delete(SECURE_WORKLOAD, { namespace: stage.namespace, name: VICTIM });
          opened.set(stage.namespace, await wereOpen(stage));
        },
        stands: async ({ namespace }) => opened.get(namespace) === true,
        spoils: true,
      },
    ],
  },
  {
    number: 38,
    title: "the status forged",
    who: "X",
    attacks: [
      {
        title: "says that all is well",
        user: "mallory",
        act: ({ namespace }, client) =>
          client.patch(
            SECURE_WORKLOAD,
            { namespace, name: VICTIM },
            { status: { selector: "forged=yes" } },
            { type: "merge", subresource: "status" },
          ),
        stands: async (stage) =>
          JSON.stringify((await stage.get(SECURE_WORKLOAD, VICTIM))?.["status"]).includes("forged"),
        spoils: true,
      },
    ],
  },
  {
    number: 69,
    title: "Pod Security lowered",
    who: "X",
    attacks: [labelling("lowers enforce", ENFORCE, "privileged"), labelling("removes enforce", ENFORCE, null)],
  },
  {
    number: 70,
    title: "Pod Security of an old version",
    who: "X",
    attacks: [labelling("pins an old version", `${ENFORCE}-version`, "v1.24")],
  },
  {
    number: 71,
    title: "labels that exempt the namespace",
    who: "X",
    attacks: [
      labelling("takes the enrolment away", "palisade.dev/enrolment", null),
      { ...labelling("exempts it from another engine", "admission.gatekeeper.sh/ignore", "yes") },
    ],
  },
  {
    number: 72,
    title: "a quota or a limit that starves corrected pods",
    who: "X",
    attacks: [
      {
        ...creating(
          "allows no pods",
          RESOURCE_QUOTA,
          ({ namespace }) => ({
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "theirs", namespace },
            spec: { hard: { pods: "0" } },
          }),
          "mallory",
        ),
        told: async (stage) => {
          for (const { metadata } of await stage.pods())
            await stage.admin.delete(POD, { namespace: stage.namespace, name: metadata.name });
          return workloadTells("Ready", "False", "PodsRefused")(stage);
        },
      },
      creating(
        "gives every container a default",
        LIMIT_RANGE,
        ({ namespace }) => ({
          apiVersion: "v1",
          kind: "LimitRange",
          metadata: { name: "theirs", namespace },
          spec: { limits: [{ type: "Container", default: { memory: "64Gi" } }] },
        }),
        "mallory",
      ),
    ],
  },
  {
    number: 73,
    title: "pods changed on their way in",
    who: "X",
    attacks: [
      injecting(
        "injects a container that obeys no rule",
        `[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "${INJECTED.name}", image: "${INJECTED.image}"}}]`,
        workloadTells("Ready", "False", "PodsRefused"),
      ),
      injecting(
        "injects a variable, which breaks no rule",
        `[JSONPatch{op: "add", path: "/spec/containers/0/env", value: [Object.spec.containers.env{name: "INJECTED", value: "1"}]}]`,
        workloadTells("PodsMutated", "True", "AddedByAdmission"),
      ),
    ],
  },
  {
    number: 74,
    title: "an admission policy taken away or switched to Audit",
    who: "X",
    undoneBy: "the keeper",
    attacks: [
      unguarding("deletes a policy", VALIDATING_ADMISSION_POLICY, (name, client) =>
        client.delete(VALIDATING_ADMISSION_POLICY, { name }),
      ),
      unguarding("deletes a binding", VALIDATING_ADMISSION_POLICY_BINDING, (name, client) =>
        client.delete(VALIDATING_ADMISSION_POLICY_BINDING, { name }),
      ),
      unguarding("switches a binding to Audit", VALIDATING_ADMISSION_POLICY_BINDING, (name, client) =>
        client.patch(
          VALIDATING_ADMISSION_POLICY_BINDING,
          { name },
          { spec: { validationActions: ["Audit"] } },
          { type: "merge" },
        ),
      ),
    ],
  },
  {
    number: 75,
    title: "the operator's Lease stolen",
    who: "X",
    attacks: [
      {
        title: "takes the Lease",
        user: "mallory",
        onlyGuarded: true,
        act: (_stage, client) =>
          client.patch(
            LEASE,
            { namespace: "palisade-system", name: "palisade" },
            { spec: { holderIdentity: "mallory" } },
            { type: "merge" },
          ),
      },
    ],
  },
  {
    number: 76,
    title: "the kind itself deleted",
    who: "X",
    attacks: [
      {
        title: "deletes the CustomResourceDefinition",
        user: "mallory",
        onlyGuarded: true,
        act: (_stage, client) => client.delete(CRD, { name: "secureworkloads.palisade.dev" }),
      },
    ],
  },
  {
    number: 77,
    title: "a SecureWorkload that asks for more than its author has",
    who: "CR",
    attacks: [
      declaring(
        "asks for a cloud identity",
        ({ namespace }) =>
          secureWorkload(namespace, "deputy", {
            identity: { aws: { roleArn: "arn:aws:iam::111122223333:role/shop-web" } },
          }),
        "alice",
      ),
    ],
  },
  {
    number: 78,
    title: "a SecureWorkload where none may be",
    who: "CR",
    attacks: [
      declaring(
        "declares one in default",
        ({ namespace }) => secureWorkload("default", `deputy-${namespace}`),
        "mallory",
      ),
    ],
  },
  {
    number: 79,
    title: "an exception of one's own",
    who: "E",
    attacks: [
      creating("lifts a rule", SECURITY_EXCEPTION, ({ namespace }) => ({
        apiVersion: "palisade.dev/v1alpha1",
        kind: "SecurityException",
        metadata: { name: `theirs-${namespace}` },
        spec: {
          workload: { namespace, name: VICTIM },
          lifts: ["read-only-root"],
          reason: "it is easier that way",
          requestedBy: "alice",
          days: 90,
        },
      })),
    ],
  },
  {
    number: 81,
    title: "the tracks removed",
    who: "E",
    attacks: [
      {
        title: "deletes the Events of corrections",
        user: "alice",
        prepare: ({ namespace, operator }) =>
          operator.create(EVENT, {
            apiVersion: "events.k8s.io/v1",
            kind: "Event",
            metadata: { name: `track-${crypto.randomUUID()}`, namespace },
            eventTime: new Date().toISOString().replace("Z", "000Z"),
            type: "Warning",
            reason: "DriftCorrected",
            action: "Repair",
            reportingController: "palisade.dev/operator",
            reportingInstance: "track",
            regarding: { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: VICTIM, namespace },
          } as unknown as KubeObject),
        act: async ({ namespace, admin }, client) => {
          const { items } = await admin.list(EVENT, { namespace });
          const track = items.find(({ metadata }) => metadata.name.startsWith("track-"));
          await client.delete(EVENT, { namespace, name: track?.metadata.name ?? "" });
        },
      },
    ],
  },
];
