/**
 * Who may ask for what: authors of SecureWorkloads, whoever labels namespaces, and the operator's own account, which is given every right
 * here, so that admission alone holds it back. No operator runs.
 */

import { beforeAll, describe, expect, test } from "@jest/globals";
import { PERMISSION_MENU } from "../../src/crds/v1alpha1/permission-menu.ts";
import { GUARDS } from "../../src/reconcilers/admission/policies.ts";
import { grantNamespace } from "../cluster/index.ts";
import { asAccount } from "../support/as-account.ts";
import { attempts, CREATE, patch } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce, refusalOfAttempt } from "../support/enforce.ts";
import { childrenOfWeb, guardedNamespace } from "../support/guarded.ts";
import { aDeployment, aPod, stranger } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHOP = "shop";
const SEALED = "sealed";
const PLAIN = "plain";
const OPERATOR = asAccount("palisade-system", "palisade");

/** More than the API lets one expression, or one policy, ask the authorizer. */
const MANY = Array.from({ length: 24 }, (_, index) => `s${index}`);

const { cluster } = useCluster();

beforeAll(async () => {
  await guardedNamespace(cluster, SHOP, "observing");
  await guardedNamespace(cluster, SEALED, "sealed");
  await kubectl(cluster, ["create", "namespace", PLAIN]);
  for (const namespace of ["default", "kube-system", "palisade-system"])
    await grantNamespace(cluster, namespace, "alice");
  await kubectl(cluster, [
    "label",
    "namespace",
    SEALED,
    "pod-security.kubernetes.io/enforce=restricted",
    "pod-security.kubernetes.io/enforce-version=v1.37",
  ]);
  const everything = ["create", "clusterrolebinding", "operator-does-all", "--clusterrole=cluster-admin"];
  await kubectl(cluster, [...everything, "--serviceaccount=palisade-system:palisade"]);
  // `reader` may write workloads and read the Secrets of these names, and nothing more.
  const roles = ["create", "role", "author", "--verb=create,update,patch", "--resource=secureworkloads.palisade.dev"];
  await kubectl(cluster, [...roles, "-n", SHOP]);
  const names = MANY.map((name) => `--resource-name=${name}`);
  await kubectl(cluster, ["create", "role", "some", "--verb=get", "--resource=secrets", ...names, "-n", SHOP]);
  for (const role of ["author", "some"])
    await kubectl(cluster, ["create", "rolebinding", role, `--role=${role}`, "--user=reader", "-n", SHOP]);
  await kubectl(cluster, ["create", "clusterrole", "names", "--verb=create", "--resource=namespaces"]);
  await kubectl(cluster, ["create", "clusterrolebinding", "names", "--clusterrole=names", "--user=carol"]);
  const told = {
    reportingController: "palisade.dev/operator",
    reportingInstance: "p",
    action: "Repair",
    type: "Normal",
  };
  const about = { regarding: { kind: "SecureWorkload", name: "web", namespace: SHOP }, reason: "DriftCorrected" };
  const eventTime = "2026-01-01T00:00:00.000000Z";
  const event = stranger(
    "events.k8s.io/v1",
    "Event",
    { ...told, ...about, note: "n", eventTime },
    { name: "told", namespace: SHOP },
  );
  await kubectl(cluster, CREATE, { input: event });
  await enforce(cluster, GUARDS);
}, 120_000);

const { refuses, allows } = attempts(() => cluster, SHOP);
/** For what is in no namespace. */
const NOWHERE = "";

const label = (namespace: string, ...labels: readonly string[]) => [
  "label",
  "namespace",
  namespace,
  "--overwrite",
  ...labels,
];

describe("palisade-namespaces allows", () => {
  allows([
    {
      title: "a namespace that a backup brings back with its label",
      namespace: NOWHERE,
      user: "platform",
      args: [...CREATE, "--dry-run=server"],
      input: stranger("v1", "Namespace", {}, { labels: { "palisade.dev/enrolment": "sealed" } }),
    },
  ]);
});

describe("palisade-namespaces refuses", () => {
  const byPlatform = (cases: Parameters<typeof refuses>[1]) =>
    cases.map((one) => ({ namespace: NOWHERE, user: "platform" as const, says: "SecurityBaseline", ...one }));
  refuses(
    "palisade-namespaces",
    byPlatform([
      { title: "a lower level, case 69", args: label(SEALED, "pod-security.kubernetes.io/enforce=baseline") },
      { title: "no level, case 69", args: label(SEALED, "pod-security.kubernetes.io/enforce-") },
      { title: "a level that is none, case 69", args: label(SEALED, "pod-security.kubernetes.io/warn=privileged") },
      { title: "an older version, case 70", args: label(SEALED, "pod-security.kubernetes.io/enforce-version=v1.25") },
      { title: "no version, case 70", args: label(SEALED, "pod-security.kubernetes.io/enforce-version-") },
      { title: "the label of enrolment taken off", args: label(SEALED, "palisade.dev/enrolment-") },
      {
        title: "all of it at once",
        args: label(SEALED, "palisade.dev/enrolment-", "pod-security.kubernetes.io/enforce-"),
      },
      {
        title: "another state",
        args: label(SEALED, "palisade.dev/enrolment=observing"),
        orBy: "palisade-enrolment-observing-needs-baseline",
      },
      { title: "the list of workloads emptied", args: ["annotate", "namespace", SEALED, "palisade.dev/workloads-"] },
      {
        title: "the writers of Secrets widened",
        args: ["annotate", "namespace", SEALED, "--overwrite", "palisade.dev/secret-writers=,user:alice,"],
      },
      {
        title: "a mark on a namespace without workloads",
        args: label(PLAIN, "palisade.dev/enrolment=observing"),
        orBy: "palisade-enrolment-needs-secureworkload",
      },
      {
        title: "a namespace that is born marked, by whoever may not manage the SecurityBaseline",
        user: "carol",
        args: CREATE,
        input: stranger("v1", "Namespace", {}, { labels: { "palisade.dev/enrolment": "sealed" } }),
      },
      {
        title: "a lower level by way of the status",
        args: patch(
          `namespace ${SEALED}`,
          { metadata: { labels: { "pod-security.kubernetes.io/enforce": null } } },
          "merge",
          "--subresource=status",
        ),
      },
      {
        title: "a lower level by way of the finalizers",
        args: ["replace", "--raw", `/api/v1/namespaces/${SEALED}/finalize`, "-f", "-"],
        input: stranger("v1", "Namespace", { spec: { finalizers: ["kubernetes"] } }, { name: SEALED }),
      },
      {
        title: "a label of Gatekeeper, case 71",
        args: label(SHOP, "admission.gatekeeper.sh/ignore=yes"),
        says: "another engine",
      },
      {
        title: "a label that marks control planes, case 71",
        args: label(SHOP, "control-plane=yes"),
        says: "another engine",
      },
      {
        title: "a namespace out of the mesh, case 71",
        args: label(SHOP, "istio-injection=disabled"),
        says: "another engine",
      },
    ]),
  );
});

describe("palisade-namespaces lets through", () => {
  const byPlatform = (cases: Parameters<typeof allows>[0]) =>
    cases.map((one) => ({ namespace: NOWHERE, user: "platform" as const, ...one }));
  allows(
    byPlatform([
      { title: "a newer version", args: label(SEALED, "pod-security.kubernetes.io/enforce-version=latest") },
      { title: "a higher level", args: label(SHOP, "pod-security.kubernetes.io/enforce=baseline") },
      {
        title: "a version of a namespace that is only observed",
        args: label(SHOP, "pod-security.kubernetes.io/enforce-version=v1.25"),
      },
      { title: "any other label", args: label(SEALED, "team=a", "istio-injection=enabled") },
      {
        title: "a namespace without workloads, lowered",
        args: label(PLAIN, "pod-security.kubernetes.io/enforce=privileged", "control-plane=yes"),
      },
      { title: "a new namespace", args: ["create", "namespace", "other"] },
    ]),
  );
});

const menu = Object.entries(PERMISSION_MENU).map(([entry, verbs]) => {
  const [group = "", ...resource] = entry.split("/");
  return { group, resource: resource.join("/"), verbs };
});
const rule = (group: string, resource: string, verbs: readonly string[]) => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
  ...(verbs.some((verb) => ["update", "patch", "delete"].includes(verb)) ? { resourceNames: ["a"] } : {}),
});
const READS = ["get", "list", "watch"];
/** The whole menu in as many entries as one workload may have. */
const ALL = [
  ...menu.filter(({ verbs }) => verbs.length > 3).map(({ group, resource, verbs }) => rule(group, resource, verbs)),
  rule("", "pods/log", ["get"]),
  ...[...new Set(menu.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    resources: menu.filter((one) => one.group === group && one.verbs.length === 3).map(({ resource }) => resource),
    verbs: READS,
  })),
].filter(({ resources }) => resources.length > 0);

const asking = (name: string, permissions: readonly object[]) => aWorkload(name, SHOP, { permissions });
const secretOf = (name: string) => ({ name: name.toUpperCase(), valueFrom: { secretKeyRef: { name, key: "k" } } });
const naming = (name: string, secrets: readonly string[], more: object = {}) =>
  aWorkload(name, SHOP, { env: secrets.map(secretOf), ...more });
const GCP = { identity: { gcp: { serviceAccount: "web-01@my-project.iam.gserviceaccount.com" } } };

describe("palisade-deputy refuses", () => {
  const byReader = (cases: Parameters<typeof refuses>[1]) => cases.map((one) => ({ user: "reader" as const, ...one }));
  // `reader` holds what `view` gives: of ConfigMaps that is reading.
  refuses(
    "palisade-deputy-1",
    byReader([
      {
        title: "a permission that the author lacks, case 77",
        args: CREATE,
        input: asking("d1", [rule("", "configmaps", ["create"])]),
        says: "create on configmaps",
      },
      {
        title: "one of many",
        args: CREATE,
        input: asking("d1", [rule("", "configmaps", ["get", "list", "delete"])]),
        says: "delete on configmaps",
      },
      {
        title: "one added to a workload of others",
        args: patch(
          "sw web",
          [{ op: "replace", path: "/spec/permissions", value: [rule("", "configmaps", ["get", "update"])] }],
          "json",
        ),
        says: "update on configmaps",
      },
    ]),
  );
  refuses(
    "palisade-deputy-secrets",
    byReader([
      {
        title: "a Secret of a variable, case 77",
        args: CREATE,
        input: naming("d1", ["hidden"]),
        says: "You may not use Secret hidden",
      },
      {
        title: "Secrets as files and whole, case 77",
        args: CREATE,
        input: naming("d1", ["s0"], { envFrom: [{ secret: "hidden" }] }),
        says: "Secret hidden",
      },
      {
        title: "a Secret of a file, case 77",
        args: CREATE,
        input: naming("d1", [], { files: [{ path: "/a/b", secret: { name: "hidden" } }] }),
        says: "Secret hidden",
      },
      {
        title: "a Secret of a container beside the first, case 77",
        args: CREATE,
        input: naming("d1", [], {
          containers: ["a", "b"].map((name) => ({
            name,
            role: "Extra",
            image: "registry.example.com/b:1",
            env: name === "b" ? [secretOf("hidden")] : [],
          })),
        }),
        says: "Secret hidden",
      },
      {
        title: "a certificate, case 77",
        args: CREATE,
        input: naming("d1", [], { expose: [{ host: "a.example.com", port: 8080, tls: { secretName: "hidden" } }] }),
        says: "Secret hidden",
      },
      {
        title: "more Secrets than can be checked",
        args: CREATE,
        input: naming("d1", [...MANY, "s24"]),
        says: "several steps",
      },
      { title: "a cloud identity, case 77", args: CREATE, input: naming("d1", [], GCP), says: "identities" },
      {
        title: "reads of the whole cluster, case 77",
        args: CREATE,
        input: aWorkload("d1", SHOP, { clusterReads: ["nodes"] }),
        says: "permissions beyond the menu",
      },
    ]),
  );
});

describe("palisade-deputy lets through", () => {
  allows([
    {
      title: "what the author holds",
      args: CREATE,
      input: asking("e1", [rule("", "configmaps", ["get", "create", "update"]), rule("apps", "deployments", READS)]),
    },
    { title: "the whole menu, by one who holds it", user: "platform", args: CREATE, input: asking("e2", ALL) },
    { title: "a workload that asks for nothing", user: "reader", args: CREATE, input: aWorkload("e3", SHOP) },
    { title: "as many Secrets as are checked by name", user: "reader", args: CREATE, input: naming("e4", MANY) },
    { title: "more, by one who may use all", args: CREATE, input: naming("e5", [...MANY, "s24", "s25"]) },
    {
      title: "a change of something else by one who holds less",
      user: "reader",
      args: patch("sw e1", { spec: { replicas: 2 } }),
    },
    { title: "the same with Secrets he may not use", user: "reader", args: patch("sw e5", { spec: { replicas: 2 } }) },
  ]);

  test("an identity that the author may use, with as many Secrets as are checked by name", async () => {
    const name = "web-01@my-project.iam.gserviceaccount.com";
    const rules = [{ apiGroups: ["palisade.dev"], resources: ["identities"], resourceNames: [name], verbs: ["use"] }];
    await kubectl(cluster, CREATE, {
      input: stranger("rbac.authorization.k8s.io/v1", "Role", { rules }, { name: "identity", namespace: SHOP }),
    });
    await kubectl(cluster, ["create", "rolebinding", "identity", "--role=identity", "--user=reader", "-n", SHOP]);
    const args = ["-n", SHOP, ...CREATE];
    expect(await refusalOfAttempt(cluster, { user: "reader", args, input: naming("e6", MANY, GCP) })).toBeUndefined();
  });
});

/** What each of them holds on Secrets of `shop`, beside writing SecureWorkloads there and in `sealed`. */
const HOLDERS = {
  namer: { verbs: ["use"] },
  "namer-of-one": { verbs: ["use"], resourceNames: ["mine"] },
  updater: { verbs: ["update"] },
  "updater-of-one": { verbs: ["update"], resourceNames: ["mine"] },
  creator: { verbs: ["create"] },
  lister: { verbs: ["list", "watch", "delete", "patch"] },
} as const;

describe("who may name a Secret", () => {
  const by = (user: keyof typeof HOLDERS): readonly string[] => [...CREATE, `--as=${user}`];
  let made = 0;
  const names = (secrets: readonly string[], namespace = SHOP) => {
    made += 1;
    return aWorkload(`n${made}`, namespace, { env: secrets.map(secretOf) });
  };

  beforeAll(async () => {
    for (const [user, held] of Object.entries(HOLDERS))
      for (const namespace of [SHOP, SEALED]) {
        const author = { apiGroups: ["palisade.dev"], resources: ["secureworkloads"], verbs: ["create", "update"] };
        const rules = namespace === SHOP ? [author, { apiGroups: [""], resources: ["secrets"], ...held }] : [author];
        const role = stranger("rbac.authorization.k8s.io/v1", "Role", { rules }, { name: user, namespace });
        await kubectl(cluster, CREATE, { input: role });
        await kubectl(cluster, ["create", "rolebinding", user, `--role=${user}`, `--user=${user}`, "-n", namespace]);
      }
  });

  describe("is", () => {
    allows([
      { title: "whoever holds use", user: "admin", args: by("namer"), input: names(["hidden", ...MANY, "s24"]) },
      { title: "whoever holds use on it", user: "admin", args: by("namer-of-one"), input: names(["mine"]) },
      { title: "whoever may update Secrets", user: "admin", args: by("updater"), input: names(["hidden"]) },
      { title: "whoever may update it", user: "admin", args: by("updater-of-one"), input: names(["mine"]) },
      { title: "whoever may create Secrets", user: "admin", args: by("creator"), input: names(["hidden"]) },
    ]);
  });

  describe("is not", () => {
    const says = "the verb use on secrets, which palisade-app-team has";
    refuses(
      "palisade-deputy-secrets",
      (
        [
          ["whoever holds use on another", "namer-of-one", names(["mine", "hidden"])],
          ["whoever may update another", "updater-of-one", names(["mine", "hidden"])],
          ["whoever may list, patch or delete them", "lister", names(["mine"])],
        ] as const
      ).map(([title, user, input]) => ({ title, user: "admin", args: by(user), input, says })),
    );
    refuses(
      "palisade-deputy-secrets",
      (["namer", "updater", "creator"] as const).map((user) => ({
        title: `whoever is ${user} in another namespace`,
        user: "admin",
        namespace: SEALED,
        args: by(user),
        input: names(["hidden"], SEALED),
        says,
      })),
    );
    refuses("palisade-deputy-secrets-4", [
      {
        title: "whoever may not name the last of many",
        user: "reader",
        args: CREATE,
        input: names([...MANY.slice(1), "hidden"]),
        says,
      },
    ]);
  });
});

describe("palisade-secret-deletions", () => {
  // One alone that no finalizer holds, but as a collection.
  const ALL = `/api/v1/namespaces/${PLAIN}/secrets?dryRun=All&fieldSelector=metadata.name%3Dfree`;
  const remove = (propagationPolicy: string, name = "held", user = "deleter") => [
    "delete",
    "secret",
    name,
    `--cascade=${propagationPolicy}`,
    `--as=${user}`,
    "--wait=false",
  ];

  beforeAll(async () => {
    const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["use", "delete", "deletecollection"] }];
    const role = stranger("rbac.authorization.k8s.io/v1", "Role", { rules }, { name: "deleter", namespace: PLAIN });
    await kubectl(cluster, CREATE, { input: role });
    await kubectl(cluster, ["create", "rolebinding", "deleter", "--role=deleter", "--user=deleter", "-n", PLAIN]);
    const secrets = { apiGroups: [""], resources: ["secrets"] };
    const byName = [
      { ...secrets, verbs: ["delete"] },
      { ...secrets, verbs: ["use"], resourceNames: ["free"] },
    ];
    const named = stranger(
      "rbac.authorization.k8s.io/v1",
      "Role",
      { rules: byName },
      { name: "by-name", namespace: PLAIN },
    );
    await kubectl(cluster, CREATE, { input: named });
    await kubectl(cluster, ["create", "rolebinding", "by-name", "--role=by-name", "--user=by-name", "-n", PLAIN]);
    for (const name of ["held", "free", "read"])
      await kubectl(cluster, ["create", "secret", "generic", name, "--from-literal=a=b", "-n", PLAIN]);
    const finalizer = { metadata: { finalizers: ["example.com/hold"] } };
    await kubectl(cluster, [...patch("secret held", finalizer), "-n", PLAIN]);
  });

  const refused = { user: "admin", namespace: PLAIN, says: "which you may not read" } as const;
  refuses("palisade-secret-deletions", [
    { ...refused, title: "a deletion in the foreground", args: remove("foreground", "free") },
    { ...refused, title: "one that orphans", args: remove("orphan", "free") },
    { ...refused, title: "of one that a finalizer holds", args: remove("background") },
  ]);
  refuses("palisade-secret-deletions", [
    { ...refused, title: "of all at once, which answers with all", args: ["delete", "--raw", ALL, "--as=deleter"] },
    { ...refused, title: "of one that may be used by its name", args: remove("foreground", "free", "by-name") },
  ]);
  describe("not", () => {
    allows([
      {
        title: "in the background, in any namespace",
        user: "admin",
        namespace: PLAIN,
        args: [...remove("background", "free"), "--dry-run=server"],
      },
      {
        title: "of one who may read it",
        user: "platform",
        namespace: PLAIN,
        args: ["delete", "secret", "read", "--cascade=foreground"],
      },
    ]);
  });
});

describe("palisade-workloads refuses", () => {
  const inside = (namespace: string) => aWorkload("lost", namespace);
  refuses("palisade-workloads", [
    ...["default", "kube-system"].map((namespace) => ({
      title: `a workload in ${namespace}, case 78`,
      namespace,
      args: CREATE,
      input: inside(namespace),
      says: "create another namespace",
    })),
    {
      title: "a forged status, case 38",
      user: "platform" as const,
      args: patch("sw web", { status: { observedGeneration: 9 } }, "merge", "--subresource=status"),
      says: "Only the operator",
    },
    {
      title: "a finalizer, case 35",
      args: patch("sw web", { metadata: { finalizers: ["example.com/hold"] } }),
      says: "finalizer",
    },
    {
      title: "an orphaning finalizer, case 36",
      args: patch("sw web", { metadata: { finalizers: ["orphan"] } }),
      says: "finalizer",
    },
    {
      title: "orphaned children, case 36",
      args: ["delete", "sw", "web", "--cascade=orphan"],
      says: "--cascade=orphan",
    },
  ]);
  describe("not", () => {
    allows([
      { title: "a workload", args: CREATE, input: aWorkload("kept", SHOP) },
      { title: "its end in the foreground", args: ["delete", "sw", "kept", "--cascade=foreground"] },
    ]);
  });
});

describe("palisade-definitions refuses", () => {
  const owner = async (): Promise<void> => {
    await kubectl(cluster, [
      "create",
      "clusterrole",
      "definitions",
      "--verb=*",
      "--resource=customresourcedefinitions.apiextensions.k8s.io",
      "--resource=apiservices.apiregistration.k8s.io",
      "--resource=priorityclasses.scheduling.k8s.io",
      "--resource=clusterroles.rbac.authorization.k8s.io",
      "--resource=clusterrolebindings.rbac.authorization.k8s.io",
    ]);
    await kubectl(cluster, [
      "create",
      "clusterrolebinding",
      "definitions",
      "--clusterrole=definitions",
      "--user=alice",
    ]);
  };
  beforeAll(owner);
  refuses("palisade-definitions", [
    {
      title: "the end of a kind of ours, case 76",
      args: ["delete", "crd", "secureworkloads.palisade.dev"],
      says: "manage",
    },
    {
      title: "a change of one, case 76",
      args: ["label", "crd", "securitybaselines.palisade.dev", "a=b"],
      says: "manage",
    },
    {
      title: "another server for our kinds, case 94",
      user: "alice",
      args: ["label", "apiservice", "v1alpha1.palisade.dev", "a=b"],
      says: "manage",
    },
    {
      title: "the end of a PriorityClass of ours, case 95",
      args: ["delete", "priorityclass", "palisade-normal"],
      says: "manage",
    },
    {
      title: "a role of ours that grows, case 95",
      args: ["label", "clusterrole", "palisade-app-team", "rbac.authorization.k8s.io/aggregate-to-view=true"],
      says: "manage",
    },
    {
      title: "a binding that bears our name, case 95",
      args: ["create", "clusterrolebinding", "palisade-mine", "--clusterrole=definitions", "--user=bob"],
      says: "manage",
    },
  ]);
  describe("not", () => {
    allows([
      {
        title: "a change by the platform team",
        user: "platform",
        args: ["label", "crd", "securitybaselines.palisade.dev", "a=b"],
      },
    ]);
  });
});

describe("palisade-events refuses", () => {
  const forged = {
    reportingComponent: "palisade.dev/operator",
    reportingInstance: "p",
    type: "Normal",
    involvedObject: { kind: "Pod", name: "p", namespace: SHOP },
  };
  refuses("palisade-events", [
    { title: "an Event deleted, case 81", args: ["delete", "event", "told"], says: "Only Palisade" },
    { title: "the same in the newer version", args: ["delete", "events.events.k8s.io", "told"], says: "Only Palisade" },
    { title: "an Event changed, case 81", args: ["label", "event", "told", "a=b"], says: "Only Palisade" },
    { title: "an Event forged, case 81", args: CREATE, input: stranger("v1", "Event", forged), says: "Only Palisade" },
    {
      title: "an Event forged by its older source, case 93",
      args: CREATE,
      input: stranger("v1", "Event", {
        ...forged,
        reportingComponent: "me",
        source: { component: "palisade.dev/operator" },
      }),
      says: "Only Palisade",
    },
    {
      title: "an Event about a workload, case 93",
      args: CREATE,
      input: stranger("v1", "Event", {
        ...forged,
        reportingComponent: "me",
        involvedObject: { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "web", namespace: SHOP },
      }),
      says: "Only Palisade",
    },
  ]);
  describe("not", () => {
    allows([
      {
        title: "an Event of somebody else",
        args: CREATE,
        input: stranger("v1", "Event", { ...forged, reportingComponent: "me" }),
      },
      { title: "its end", args: ["delete", "event", "spy"] },
    ]);
  });
});

describe("palisade-installation refuses", () => {
  const there = (cases: Parameters<typeof refuses>[1]) =>
    cases.map((one) => ({ namespace: "palisade-system", says: "platform team", ...one }));
  refuses(
    "palisade-installation",
    there([
      {
        title: "a Lease, case 75",
        args: CREATE,
        input: stranger("coordination.k8s.io/v1", "Lease", { spec: {} }, { name: "palisade" }),
      },
      { title: "a ConfigMap", args: ["create", "configmap", "spy"] },
      { title: "a Deployment", args: CREATE, input: aDeployment({}, { app: "spy" }) },
      { title: "a token of the operator", args: ["create", "token", "palisade"] },
      {
        title: "exec into it",
        args: ["create", "--raw", "/api/v1/namespaces/palisade-system/pods/p/exec?command=id", "-f", "-"],
        input: {},
      },
    ]),
  );
  describe("not", () => {
    allows(
      there([
        { title: "what the platform team writes", user: "platform", args: ["create", "configmap", "own"] },
        {
          title: "an Event of others",
          args: CREATE,
          input: stranger("v1", "Event", {
            involvedObject: { kind: "Pod", name: "p", namespace: "palisade-system" },
            type: "Normal",
          }),
        },
      ]),
    );
  });
});

test("whoever drains a node may move the operator", async () => {
  const namespace = "palisade-system";
  await kubectl(cluster, [...CREATE, "-n", namespace], { user: "platform", input: aPod({ name: "own" }) });
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "own", namespace } };
  await kubectl(cluster, ["create", "role", "drain", "--verb=create", "--resource=pods/eviction", "-n", namespace]);
  await kubectl(cluster, ["create", "rolebinding", "drain", "--role=drain", "--user=reader", "-n", namespace]);
  const args = ["create", "--raw", `/api/v1/namespaces/${namespace}/pods/own/eviction`, "-f", "-"];
  const annotate = ["annotate", "pod", "own", "cni.example.com/ip=192.0.2.3", "-n", namespace];
  expect(await refusalOfAttempt(cluster, { user: "alice", args: annotate })).toContain("palisade-installation");
  expect(await refusalOfAttempt(cluster, { user: "reader", args, input: eviction })).toBeUndefined();
});

describe("palisade-operator refuses", () => {
  const byOperator = (cases: Parameters<typeof refuses>[1]) =>
    cases.map((one) => ({
      user: "admin" as const,
      says: "The operator",
      orBy: "palisade-operator-",
      ...one,
      args: [...one.args, ...OPERATOR],
    }));
  const binding = (name: string, subjects: readonly object[]) =>
    stranger("rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects,
    });
  const account = (name: string, namespace = SHOP) => ({ kind: "ServiceAccount", name, namespace });
  const role = (rules: readonly object[]) => stranger("rbac.authorization.k8s.io/v1", "Role", { rules });
  const open = (name: string, spec: object) =>
    stranger("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, ...spec } }, { name });
  refuses(
    "palisade-operator",
    byOperator([
      { title: "a pod", args: CREATE, input: aPod({ labels: { "palisade.dev/workload": "web" } }) },
      { title: "a Secret", args: ["create", "secret", "generic", "spy"] },
      { title: "a token", args: ["create", "token", "default"] },
      {
        title: "exec",
        args: ["create", "--raw", `/api/v1/namespaces/${SHOP}/pods/p/exec?command=id`, "-f", "-"],
        input: {},
      },
      {
        title: "a ClusterRole",
        namespace: NOWHERE,
        args: ["create", "clusterrole", "spy", "--verb=get", "--resource=pods"],
      },
      {
        title: "a ClusterRoleBinding",
        namespace: NOWHERE,
        args: ["create", "clusterrolebinding", "spy", "--clusterrole=view", "--user=x"],
      },
      { title: "a Deployment of no workload", args: CREATE, input: aDeployment({}, { app: "spy" }) },
      {
        title: "a Deployment in a namespace that is not enrolled",
        namespace: PLAIN,
        args: CREATE,
        input: aDeployment({ labels: { "palisade.dev/workload": "web" } }, { app: "spy" }),
      },
      {
        title: "a Role beyond the menu",
        args: CREATE,
        input: role([{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]),
      },
      {
        title: "a Role of a verb beyond it",
        args: CREATE,
        input: role([{ apiGroups: [""], resources: ["pods"], verbs: ["get", "delete"] }]),
      },
      {
        title: "a Role of everything",
        args: CREATE,
        input: role([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
      },
      { title: "a binding of another Role", args: CREATE, input: binding("other", [account("web")]) },
      { title: "a binding of another account", args: CREATE, input: binding("palisade:web", [account("default")]) },
      {
        title: "a binding of an account elsewhere",
        args: CREATE,
        input: binding("palisade:web", [account("web", PLAIN)]),
      },
      { title: "a binding of two", args: CREATE, input: binding("palisade:web", [account("web"), account("web")]) },
      { title: "an open policy", args: CREATE, input: open("all", { ingress: [{}] }) },
      { title: "an open policy outward", args: CREATE, input: open("all", { egress: [{}], policyTypes: ["Egress"] }) },
      {
        title: "a lowered namespace",
        namespace: NOWHERE,
        args: label(SEALED, "pod-security.kubernetes.io/enforce=privileged"),
      },
      { title: "a namespace of the cluster's own", namespace: NOWHERE, args: label("kube-system", "a=b") },
      { title: "a new namespace", namespace: NOWHERE, args: ["create", "namespace", "spy"] },
    ]),
  );
  describe("not", () => {
    allows([
      {
        title: "the level that an exception needs",
        namespace: NOWHERE,
        user: "admin",
        args: [...label(SEALED, "pod-security.kubernetes.io/enforce=baseline"), ...OPERATOR],
      },
      {
        title: "the state of a namespace",
        namespace: NOWHERE,
        user: "admin",
        args: [...label(SHOP, "palisade.dev/enrolment=guarding"), ...OPERATOR],
      },
    ]);

    test("the children of a workload", async () => {
      for (const child of await childrenOfWeb(cluster, SHOP)) {
        const args = ["apply", "--server-side", "--force-conflicts", "-f", "-", ...OPERATOR];
        const said = await refusalOfAttempt(cluster, { user: "admin", args, input: child });
        expect({ kind: child.kind, said }).toEqual({ kind: child.kind, said: undefined });
      }
    });
  });
});
