/** What the platform team says once for the whole cluster, and what it grants to each namespace. Absent, nothing is granted. */

import { z } from "zod";
import { API_VERSION, BASELINE_NAME, SECURITY_BASELINE } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { dateTime, listAtomic, listMap, listSet, matches, text, withRules } from "../schema.ts";
import { callers } from "./callers.ts";
import { CLOUD_PROVIDERS, IDENTITY_NAME, MAX_IDENTITY_LENGTH } from "./cloud-identity.ts";
import { enforcement } from "./enforcement.ts";
import { ENROLMENTS, enrolment, leaveObservingAfterSeconds } from "./enrolment.ts";
import { hostGrant } from "./hosts.ts";
import { expectedInjections, injectionsMode } from "./injections.ts";
import { harmlessKeys, metadataKeys } from "./metadata-keys.ts";
import { labelName, subdomainName } from "./names.ts";
import { permissionGrants, permissionsInForce } from "./permission-grants.ts";
import { podGrant } from "./pod-peers.ts";
import { secretWriters } from "./secret-writers.ts";
import { conditions, observedGeneration } from "./status.ts";
import { statusFitter, truncated } from "./truncated.ts";
import { clusterUnusual } from "./unusual.ts";

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const PORT = ":[1-9][0-9]{0,4}";
/** As image references write a registry: a name with a dot or a port, `localhost`, or an IPv4 address. */
const HOST = `((${LABEL}[.])+[a-z]([-a-z0-9]*[a-z0-9])?(${PORT})?|${OCTET}([.]${OCTET}){3}(${PORT})?|localhost(${PORT})?|[a-z]([-a-z0-9]*[a-z0-9])?${PORT})`;
const REGISTRY = `^${HOST}(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$`;

const registries = listSet(
  withRules(
    text(253, 1),
    matches(
      REGISTRY,
      "registries must be a host such as registry.example.com, or a host and a path such as registry.example.com/shop: no scheme, star, tag or trailing slash",
    ),
  ).meta({ description: "One registry, or one path in it including everything below." }),
  { min: 1, max: 64 },
);

interface Identity {
  readonly provider: string;
  readonly name: string;
}

/** Each form has a mark that no other has; the form as a whole is the name's pattern, which costs nothing. */
const identity = withRules(
  z.strictObject({
    provider: z.enum(CLOUD_PROVIDERS).meta({ description: "The cloud: AWS, GCP or Azure." }),
    name: text(MAX_IDENTITY_LENGTH, 1).regex(new RegExp(IDENTITY_NAME)).meta({
      description:
        "ARN of a role (AWS), address of a service account (GCP), or client id (Azure), exactly as in the workload.",
    }),
  }),
  {
    rule: "(self.provider == 'AWS') == self.name.startsWith('arn:')",
    message: "identities.name of AWS must be the ARN of a role, such as arn:aws:iam::111122223333:role/shop-web",
    holds: ({ provider, name }: Identity) => (provider === "AWS") === name.startsWith("arn:"),
  },
  {
    rule: "(self.provider == 'GCP') == self.name.endsWith('.iam.gserviceaccount.com')",
    message:
      "identities.name of GCP must be the address of a service account, such as web@my-project.iam.gserviceaccount.com",
    holds: ({ provider, name }: Identity) => (provider === "GCP") === name.endsWith(".iam.gserviceaccount.com"),
  },
  {
    rule: "self.provider != 'Azure' || self.name.size() == 36",
    message: "identities.name of Azure must be a client id, which is a lower-case UUID",
    holds: ({ provider, name }: Identity) => provider !== "Azure" || [...name].length === 36,
  },
);

/** Bounds that keep the CEL rules of hosts and identities below what the API server lets one rule cost. */
const MAX_NAMESPACES = 1_000;
const MAX_GRANTS = 16;
const MAX_PODS = 8;

const namespaceGrants = listMap(
  z
    .strictObject({
      name: labelName("Name of the namespace."),
      hosts: listSet(
        hostGrant(
          "hosts",
          "One host, or *. and a domain. The star matches exactly one label: *.example.com matches neither example.com nor a.b.example.com.",
        ),
        { max: MAX_GRANTS },
      )
        .optional()
        .meta({ description: "Hosts that workloads of this namespace may expose. None by default." }),
      identities: listMap(identity.meta({ description: "One cloud identity." }), ["provider", "name"], {
        max: MAX_GRANTS,
      })
        .optional()
        .meta({ description: "Cloud identities that workloads of this namespace may use. None by default." }),
      pods: listAtomic(podGrant.meta({ description: "Pods of one application that is no workload." }), {
        max: MAX_PODS,
      })
        .optional()
        .meta({
          description:
            "Pods that are no workload's, which workloads of this namespace may name under access.inbound and access.outbound. None by default; while the namespace is Observing, any.",
        }),
      internet: z.boolean().optional().meta({
        description:
          "Whether workloads of this namespace may reach the internet where they declare access.outbound with internet: true. Not by default.",
      }),
      rollsOnSecrets: z.boolean().default(false).meta({
        description:
          "Replace pods of this namespace when a Secret that they use changes. The operator reads only the Secret's metadata, never its content.",
      }),
      enrolment: enrolment.optional().meta({
        description:
          "Holds the namespace in a state: Observing, Guarding or Sealed. By default it moves forward when nothing foreign is left, and never back.",
      }),
      enforcement: enforcement.optional().meta({
        description: "Enforce or Report in this namespace. Defaults to spec.enforcement.",
      }),
      injections: injectionsMode.optional().meta({
        description: "Report or Refuse in this namespace. Defaults to spec.injections.unexpected.",
      }),
      secretWriters: secretWriters.optional().meta({
        description: "Who may change the Secrets of this namespace's workloads, in addition to those named for all.",
      }),
    })
    .meta({ description: "Grants of one namespace." }),
  ["name"],
  { max: MAX_NAMESPACES },
);

export const baselineSpec = z
  .strictObject({
    registries: registries.optional().meta({
      description:
        "Registries that images may come from: hosts, or hosts and a path including everything below. Any by default. Palisade does not roll out workloads with other images; their running pods stay.",
    }),
    callers: callers.optional().meta({ description: "Callers of the platform that workloads may allow by role." }),
    exposure: z
      .strictObject({
        ingressClass: subdomainName("IngressClass of exposed hosts.").optional(),
        gateway: z
          .strictObject({
            namespace: labelName("Namespace of the Gateway."),
            name: subdomainName("Name of the Gateway."),
          })
          .optional()
          .meta({
            description:
              "Gateway of exposed hosts; routes attach only to its HTTPS listeners. Takes precedence over ingressClass if the cluster serves the Gateway API.",
          }),
      })
      .optional()
      .meta({ description: "How the cluster exposes hosts. Without it no host is exposed." }),
    secretWriters: secretWriters.optional().meta({
      description:
        "Who may change the Secrets of workloads, in every namespace. Without any writer here or for the namespace, RBAC decides.",
    }),
    offenders: z
      .strictObject({
        clusterBindings: z.enum(["Report", "Delete"]).default("Report").meta({
          description:
            "What to do with a ClusterRoleBinding, or a RoleBinding in another namespace, that grants a workload's account more than declared: Report reports it, Delete deletes it too. Bindings with other subjects than workload accounts are only reported.",
        }),
      })
      .optional()
      .meta({ description: "What to do with objects outside the workloads' namespaces that weaken a workload." }),
    enforcement: enforcement.optional().meta({
      description:
        "Enforce, which is the default: Palisade applies what is due. Report: it writes nothing but status, and the status of each workload lists what it would do (wouldDo).",
    }),
    leaveObservingAfterSeconds,
    injections: z
      .strictObject({
        unexpected: injectionsMode.default("Report").meta({
          description:
            "What to do with pods that carry more than their template and what is expected. Report: they run, and PodsMutated of their workload names the fields. Refuse: the API server does not create them; running pods stay.",
        }),
        expected: expectedInjections.optional().meta({
          description:
            "What webhooks, policies and plugins of this cluster add to pods, or to the templates of pods as Palisade writes them. It is neither reported nor refused.",
        }),
      })
      .optional()
      .meta({ description: "What admission may add to pods. Whatever it adds must obey the rules of the baseline." }),
    toleratedMetadata: harmlessKeys("toleratedMetadata").optional().meta({
      description:
        "Labels and annotations that others may write on a workload's objects, beside the known ones of deployment tools and clouds. On pod templates only what admission adds to Palisade's own write, on ServiceAccounts only labels, on live pods only annotations.",
    }),
    metadata: z
      .strictObject({
        annotations: harmlessKeys("metadata.annotations").optional().meta({
          description:
            "Annotations of a SecureWorkload that its pods and other objects have too, beside kubectl.kubernetes.io/default-container and default-logs-container. ServiceAccounts, Ingresses and routes have none of them.",
        }),
        reservedLabels: metadataKeys("metadata.reservedLabels").optional().meta({
          description:
            "Labels of a SecureWorkload that its pods and other objects do not have, such as those that policies of the platform team select pods by.",
        }),
      })
      .optional()
      .meta({ description: "Which labels and annotations of a SecureWorkload its pods and other objects have too." }),
    permissions: permissionGrants.optional().meta({
      description:
        "Permissions in the Kubernetes API beyond the menu, by namespace and workload. None by default; docs/reference/permissions.md lists what can be granted.",
    }),
    namespaces: namespaceGrants
      .optional()
      .meta({ description: "Grants by namespace. A namespace that is not listed has none." }),
  })
  .meta({
    description: "Decisions of the platform team. Every field is optional; what is missing is not granted.",
  });

export const MAX_LISTED_EXCEPTIONS = 64;

const count = (description: string) => z.int().min(0).max(1_000_000).optional().meta({ description });

const MAX_HELD_BACK = 64;
const MAX_CLOSED = 4_096;
export const MAX_HOLDERS = 16;

const heldBack = z
  .strictObject({
    name: text(63, 1).meta({ description: "Name of the namespace." }),
    state: z.enum(ENROLMENTS).meta({ description: "Its state." }),
    heldBackBy: listAtomic(text(320).meta({ description: "Kind and name, such as Deployment/legacy." }), {
      max: MAX_HOLDERS,
    }).meta({
      description:
        "Foreign objects, those that make pods first: convert them to SecureWorkloads or delete them. Empty if the spec holds the namespace in its state.",
    }),
    more: z.int().min(1).max(1_000_000).optional().meta({ description: "Number of further objects." }),
    leavesObserving: dateTime().optional().meta({
      description: "When it leaves Observing, unless something foreign that makes pods comes back until then.",
    }),
  })
  .meta({ description: "One namespace that is not sealed." });

const foundSealed = z
  .strictObject({
    name: text(63, 1).meta({ description: "Name of the namespace." }),
    found: listAtomic(text(320).meta({ description: "Kind and name, such as Deployment/legacy." }), {
      max: MAX_HOLDERS,
    }).meta({ description: "Foreign objects, those that make pods first. Palisade leaves them alone: delete them." }),
    more: z.int().min(1).max(1_000_000).optional().meta({ description: "Number of further objects." }),
  })
  .meta({ description: "One sealed namespace with foreign objects in it." });
const MAX_RBAC_FINDINGS = 64;

const rbacFinding = z
  .strictObject({
    driftCase: z.int().min(1).max(1_000).meta({
      description:
        "Drift case: 61 create tokens of accounts, 62 impersonate, 65 read Secrets, 66 run commands in pods, 67 run commands through nodes/proxy.",
    }),
    subject: text(320, 1).meta({ description: "Kind and name of the subject, such as Group team-a." }),
    via: text(512, 1).meta({ description: "Binding and role that grant it; the widest of them." }),
  })
  .meta({ description: "One subject and how it can bypass SecureWorkloads." });

export const baselineStatus = z
  .strictObject({
    observedGeneration,
    conditions: conditions(
      "Ready: everything in the spec is in force; Reconciling and Stalled while true. AdmissionEnforced: the admission policies exist unchanged. NetworkPolicyEnforced: the network plugin enforces NetworkPolicies. ControlPlaneUnknown while Palisade does not know who creates and schedules pods. CallersMissing while a caller is kept out. NodesUnusual while nodes are. RBACNarrow: RBAC lets nobody bypass SecureWorkloads.",
    ),
    namespaces: count("Number of namespaces with workloads."),
    closed: listAtomic(text(63, 1).meta({ description: "Name of a namespace." }), { max: MAX_CLOSED })
      .optional()
      .meta({
        description:
          "Namespaces with workloads that are past Observing. ClusterRoleBindings may not name their accounts; where `truncated` names this list, those of no namespace.",
      }),
    sealed: count("Number of sealed namespaces, in which only SecureWorkloads run."),
    notSealed: listMap(heldBack, ["name"], { max: MAX_HELD_BACK }).optional().meta({
      description: "Namespaces with workloads that are not sealed, and what blocks them; the first by name.",
    }),
    sealedWith: listMap(foundSealed, ["name"], { max: MAX_HELD_BACK }).optional().meta({
      description:
        "Sealed namespaces that hold foreign objects: made just before the seal, while the admission policies were away, or of kinds that do not hold it back.",
    }),
    workloads: count("Number of SecureWorkloads."),
    rbacFindings: listAtomic(rbacFinding, { max: MAX_RBAC_FINDINGS }).optional().meta({
      description: "Who can bypass SecureWorkloads through RBAC; the first findings, cluster-wide ones before others.",
    }),
    permissions: permissionsInForce.optional().meta({
      description: "What spec.permissions grants, and which workloads have it now.",
    }),
    exceptions: z
      .strictObject({
        inForce: z.int().min(0).max(1_000_000).meta({ description: "Number of active SecurityExceptions." }),
        first: listAtomic(
          z
            .strictObject({
              name: text(253).meta({ description: "Name of the SecurityException." }),
              workload: text(127).meta({ description: "Namespace and name of its workload, such as shop/web." }),
              expires: dateTime().meta({ description: "Expiry." }),
            })
            .meta({ description: "One active SecurityException." }),
          { max: MAX_LISTED_EXCEPTIONS },
        ).meta({ description: "The next to expire." }),
      })
      .optional()
      .meta({ description: "Active exceptions in this cluster." }),
    unusual: clusterUnusual.optional(),
    truncated,
  })
  .meta({ description: "Observed state. Only the operator writes it." });

/** Cut to what the API server takes. */
export const fitBaselineStatus = statusFitter(baselineStatus);

export const securityBaseline = withRules(
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(SECURITY_BASELINE.kind),
    metadata: z.looseObject({ name: z.string() }),
    spec: baselineSpec,
    status: baselineStatus.optional(),
  }),
  {
    rule: `self.metadata.name == '${BASELINE_NAME}'`,
    message: `metadata.name must be ${BASELINE_NAME}: a cluster has one SecurityBaseline`,
    holds: ({ metadata }) => metadata.name === BASELINE_NAME,
  },
).meta({
  description:
    "Grants of the platform team: registries, hosts, cloud identities, and platform pods that workloads may allow. There is one, named cluster. Without it nothing is granted.",
});

export type SecurityBaseline = z.output<typeof securityBaseline>;
export type SecurityBaselineSpec = SecurityBaseline["spec"];
export type SecurityBaselineStatus = z.output<typeof baselineStatus>;

/** Judges raw JSON as the API server does, the status left out. Each error names its field. */
export function parseSecurityBaseline(raw: unknown): Parsed<SecurityBaseline> {
  if (typeof raw !== "object" || raw === null) return parseWith(securityBaseline, raw);
  const { status: _status, ...rest } = raw as Record<string, unknown>;
  return parseWith(securityBaseline, rest);
}
