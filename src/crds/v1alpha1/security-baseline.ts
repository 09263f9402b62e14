/** What the platform team says once for the whole cluster, and what it grants to each namespace. Absent, nothing is granted. */
import { z } from "zod";
import { API_VERSION, BASELINE_NAME, SECURITY_BASELINE } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { dateTime, listAtomic, listMap, listSet, matches, text, withRules } from "../schema.ts";
import { CLOUD_PROVIDERS, IDENTITY_NAME, MAX_IDENTITY_LENGTH } from "./cloud-identity.ts";
import { ENROLMENTS, enrolment } from "./enrolment.ts";
import { hostGrant } from "./hosts.ts";
import { labelName, subdomainName } from "./names.ts";
import { secretWriters } from "./secret-writers.ts";
import { conditions, observedGeneration } from "./status.ts";

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
      "registries must be a host such as registry.example.com, or a host and a path such as registry.example.com/shop: no scheme, no star, no tag, no slash at the end",
    ),
  ).meta({ description: "One registry, or one path inside it with all that is below." }),
  { min: 1, max: 64 },
);

const podLabels = listMap(
  z
    .strictObject({
      key: text(253, 1)
        .regex(
          /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
        )
        .meta({ description: "Key of a label." }),
      value: text(63)
        .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/)
        .meta({ description: "Value of that label." }),
    })
    .meta({ description: "One label the pods carry." }),
  ["key"],
  { min: 1, max: 8 },
);

const caller = (what: string) =>
  z
    .strictObject({
      namespace: labelName("Namespace of those pods, chosen by its name and never by a label that somebody can set."),
      podLabels: podLabels.meta({
        description: "Labels that tell those pods from the others there; all of them count.",
      }),
    })
    .optional()
    .meta({ description: what });

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
        "A role's ARN (AWS), a service account's address (GCP), or a client id (Azure); exactly as the workload writes it.",
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
    message: "identities.name of Azure must be a client id, which is a UUID in lower case",
    holds: ({ provider, name }: Identity) => provider !== "Azure" || [...name].length === 36,
  },
);

/** Bounds that keep the CEL rules of hosts and identities below what the API server lets one rule cost. */
const MAX_NAMESPACES = 1_000;
const MAX_GRANTS = 16;

const namespaceGrants = listMap(
  z
    .strictObject({
      name: labelName("Name of the namespace."),
      hosts: listSet(
        hostGrant(
          "hosts",
          "One host, or *. and a domain: the star stands for exactly one label, so *.example.com is neither example.com nor a.b.example.com.",
        ),
        { max: MAX_GRANTS },
      )
        .optional()
        .meta({ description: "Hosts that workloads of this namespace may expose. None unless listed." }),
      identities: listMap(identity.meta({ description: "One cloud identity." }), ["provider", "name"], {
        max: MAX_GRANTS,
      })
        .optional()
        .meta({ description: "Cloud identities that workloads of this namespace may take on. None unless listed." }),
      rollsOnSecrets: z.boolean().default(false).meta({
        description:
          "Whether pods of this namespace are replaced when a Secret they name changes. The operator learns that it changed from its metadata, never what is in it.",
      }),
      enrolment: enrolment.optional().meta({
        description:
          "The state this namespace is held in: Observing, Guarding or Sealed. Unless set it moves forward by itself, as soon as nothing foreign is left, and never back.",
      }),
      secretWriters: secretWriters.optional().meta({
        description: "Who may change the Secrets that workloads of this namespace name, beside those named for all.",
      }),
    })
    .meta({ description: "What one namespace is granted." }),
  ["name"],
  { max: MAX_NAMESPACES },
);

export const baselineSpec = z
  .strictObject({
    registries: registries.optional().meta({
      description:
        "Where images may come from: hosts, or hosts and a path of which all below counts. Anywhere unless set. A workload of another image is not rolled out; what runs stays.",
    }),
    callers: z
      .strictObject({
        gateway: caller("The pods that bring traffic into the cluster: an ingress controller or a gateway."),
        monitoring: caller("The pods that scrape metrics."),
      })
      .optional()
      .meta({ description: "Pods of the platform that workloads may let in by their role." }),
    exposure: z
      .strictObject({
        ingressClass: subdomainName("Name of the IngressClass that exposed hosts use.").optional(),
        gateway: z
          .strictObject({
            namespace: labelName("Namespace of the Gateway."),
            name: subdomainName("Name of the Gateway."),
          })
          .optional()
          .meta({
            description:
              "The Gateway that routes attach to, at its HTTPS listeners alone. It goes before ingressClass where the cluster serves the Gateway API.",
          }),
      })
      .optional()
      .meta({ description: "How hosts are exposed. None is unless this names a way." }),
    secretWriters: secretWriters.optional().meta({
      description:
        "Who may change the Secrets that workloads name, in every namespace with workloads. Whoever RBAC lets unless any writer is named, here or for the namespace.",
    }),
    offenders: z
      .strictObject({
        clusterBindings: z.enum(["Report", "Delete"]).default("Report").meta({
          description:
            "What becomes of a ClusterRoleBinding, or a RoleBinding of another namespace, that gives a workload's account more than it declares: Report tells of it, Delete deletes it too. One that names anybody else beside accounts of workloads is only reported.",
        }),
      })
      .optional()
      .meta({ description: "What becomes of objects outside the workloads' namespaces that weaken a workload." }),
    namespaces: namespaceGrants
      .optional()
      .meta({ description: "What each namespace is granted. A namespace that is not listed is granted nothing." }),
  })
  .meta({
    description: "What the platform team says. Every field may be left out, and what is left out is not granted.",
  });

export const MAX_LISTED_EXCEPTIONS = 64;

const count = (description: string) => z.int().min(0).max(1_000_000).optional().meta({ description });

export const MAX_HELD_BACK = 64;
export const MAX_HOLDERS = 16;

const heldBack = z
  .strictObject({
    name: text(63, 1).meta({ description: "Name of the namespace." }),
    state: z.enum(ENROLMENTS).meta({ description: "The state it is in." }),
    heldBackBy: listAtomic(text(320).meta({ description: "Kind and name, such as Deployment/legacy." }), {
      max: MAX_HOLDERS,
    }).meta({
      description:
        "What is there and is not of a SecureWorkload: make it one, or remove it. Empty where the spec holds the namespace in its state.",
    }),
    more: z.int().min(1).max(1_000_000).optional().meta({ description: "How many more there are." }),
  })
  .meta({ description: "One namespace that is not sealed." });
export const MAX_RBAC_FINDINGS = 64;

const rbacFinding = z
  .strictObject({
    driftCase: z.int().min(1).max(1_000).meta({
      description:
        "What it is: 61 makes tokens of accounts, 62 acts as somebody else, 65 reads Secrets, 66 runs commands in pods, 67 does so through nodes/proxy.",
    }),
    subject: text(320, 1).meta({ description: "Kind and name of who may, such as Group team-a." }),
    via: text(512, 1).meta({ description: "The binding and the role that give it, the widest of them." }),
  })
  .meta({ description: "One subject, and one way around." });

export const baselineStatus = z
  .strictObject({
    observedGeneration,
    conditions: conditions(
      "Ready: whether everything that the spec says is in force; Reconciling and Stalled while they hold. AdmissionEnforced: whether the admission policies stand. NetworkPolicyEnforced: whether the network plugin closes what is closed. RBACNarrow: whether nobody gets around it by RBAC.",
    ),
    namespaces: count("How many namespaces hold workloads."),
    sealed: count("How many of them are sealed: only SecureWorkloads run there."),
    notSealed: listMap(heldBack, ["name"], { max: MAX_HELD_BACK }).optional().meta({
      description:
        "Namespaces with workloads that are not sealed, and what holds them back; the first by name where there are many.",
    }),
    workloads: count("How many SecureWorkloads there are."),
    rbacFindings: listAtomic(rbacFinding, { max: MAX_RBAC_FINDINGS }).optional().meta({
      description:
        "Who has, by RBAC, a way around what holds for workloads; the first of them where there are many, cluster-wide ones first.",
    }),
    exceptions: z
      .strictObject({
        inForce: z.int().min(0).max(1_000_000).meta({ description: "How many SecurityExceptions are in force." }),
        first: listAtomic(
          z
            .strictObject({
              name: text(253).meta({ description: "Name of the SecurityException." }),
              workload: text(127).meta({ description: "Namespace and name of its workload, such as shop/web." }),
              expires: dateTime().meta({ description: "When it ends." }),
            })
            .meta({ description: "One SecurityException in force." }),
          { max: MAX_LISTED_EXCEPTIONS },
        ).meta({ description: "Those that end first." }),
      })
      .optional()
      .meta({ description: "What is relaxed in this cluster right now." }),
  })
  .meta({ description: "What the operator saw. Written by the operator alone." });

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
    message: `metadata.name must be ${BASELINE_NAME}: there is one SecurityBaseline, for the whole cluster`,
    holds: ({ metadata }) => metadata.name === BASELINE_NAME,
  },
).meta({
  description:
    "What the platform team grants: registries, hosts, cloud identities, and the pods of its own that workloads may let in. There is one, called cluster. Without it nothing is granted.",
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
