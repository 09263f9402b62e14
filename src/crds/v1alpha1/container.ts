import { z } from "zod";
import type { Quantity } from "../../kubernetes/quantity.ts";
import { type CelRule, listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { fieldVariable, resourceField } from "./downward.ts";
import { keyName, labelName, optional, PORT_NAME, portNumber, protocol, subdomainName } from "./names.ts";
import { portNearMisses, scratchNearMisses } from "./near-misses.ts";
import { amountRules, celQuantity, cpu, isAtMost, memory, memorySize } from "./quantities.ts";

const REFERENCE =
  "^([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$";
const TAGGED = ":[A-Za-z0-9_][A-Za-z0-9_.-]*$";
const FLOATING = ":latest$";

export const image = withRules(
  text(512, 1),
  matches(
    REFERENCE,
    "image must be a reference such as registry.example.com/shop/web:1.4.2, with only the tag in upper case",
  ),
  matches(TAGGED, "image needs a tag or a digest: write registry.example.com/shop/web:1.4.2 or …@sha256:<digest>"),
  matchesNot(
    FLOATING,
    "image must not have the tag latest, which can change at any time: write the version or a digest",
  ),
).meta({
  description: "Container image with a tag other than latest or, better, a digest, so that every pod runs the same.",
});

/** A name of IANA, or one with a domain before it. */
const APP_PROTOCOL =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const celServicePort = (entry: string): string => `(has(${entry}.servicePort) ? ${entry}.servicePort : ${entry}.port)`;

export const ports = withRules(
  listMap(
    z
      .strictObject({
        name: text(15, 1).regex(PORT_NAME).default("main").meta({
          description:
            "Name of the port, unique in the workload: lower-case letters, digits and single hyphens, starting with a letter. Defaults to main.",
        }),
        port: portNumber(
          "Port that the container listens on, in the pod and never on the node. The Service uses the same number unless servicePort is set.",
        ),
        servicePort: portNumber("Port of the Service, if callers use another number than the container.").optional(),
        protocol,
        appProtocol: text(100, 1).regex(APP_PROTOCOL).optional().meta({
          description: "What is spoken on the port, as gateways and meshes read it: http, grpc, kubernetes.io/h2c.",
        }),
        ...portNearMisses,
      })
      .meta({ description: "One port the container listens on." }),
    ["name"],
    { max: 16 },
  ),
  {
    rule: "self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol))",
    message: "ports must not declare a number twice for the same protocol: remove one",
    holds: (list) => new Set(list.map(({ port, protocol }) => `${port}/${protocol}`)).size === list.length,
  },
  {
    rule: `self.all(a, self.exists_one(b, ${celServicePort("a")} == ${celServicePort("b")} && a.protocol == b.protocol))`,
    message: "ports.servicePort must be unique per protocol: use another number",
    holds: (list) =>
      new Set(list.map(({ port, servicePort, protocol }) => `${servicePort ?? port}/${protocol}`)).size === list.length,
  },
);

const keyRef = (kind: string) =>
  z.strictObject({
    name: subdomainName(`Name of the ${kind}, in the workload's own namespace.`),
    key: keyName(`Key in the ${kind}. The container does not start without it, unless optional is true.`),
    optional,
  });

type Sources = Readonly<Record<(typeof SOURCES)[number], unknown>>;
const SOURCES = ["secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef"] as const;

const valueFrom = withRules(
  z.strictObject({
    secretKeyRef: keyRef("Secret")
      .optional()
      .meta({ description: "One key of a Secret. The operator cannot read it." }),
    configMapKeyRef: keyRef("ConfigMap").optional().meta({ description: "One key of a ConfigMap." }),
    fieldRef: fieldVariable,
    resourceFieldRef: resourceField,
  }),
  {
    rule: `[${SOURCES.map((source) => `has(self.${source})`).join(", ")}].filter(x, x).size() == 1`,
    message: "valueFrom needs exactly one of secretKeyRef, configMapKeyRef, fieldRef and resourceFieldRef: keep one",
    holds: (from: Partial<Sources>) => SOURCES.filter((source) => from[source] !== undefined).length === 1,
  },
);

export const env = listMap(
  withRules(
    z.strictObject({
      name: text(253, 1)
        .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/)
        .meta({
          description:
            "Name of the variable, unique in the workload: letters, digits, underscores, dots and hyphens, not starting with a digit.",
        }),
      value: text(32_768).optional().meta({
        description: "Plain value. Everybody who can read workloads can read it: put secrets in a Secret.",
      }),
      valueFrom: valueFrom.optional().meta({ description: "Source of the value, instead of value." }),
    }),
    {
      rule: "has(self.value) != has(self.valueFrom)",
      message: "an env entry needs exactly one of value and valueFrom: keep one",
      holds: ({ value, valueFrom: source }) => (value === undefined) !== (source === undefined),
    },
  ).meta({ description: "One variable, with exactly one of value and valueFrom." }),
  ["name"],
  { max: 128 },
);

type Amounts = { readonly cpu?: Quantity | undefined; readonly memory?: Quantity | undefined };

interface Sized {
  readonly requests?: Amounts | undefined;
  readonly limits?: Amounts | undefined;
}

/** What is no quantity ends the rule with an error, beside the message of its own: a guard would exceed what older API servers spend on rules. */
const fitRule = (name: keyof Amounts): CelRule<Sized> => ({
  rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || ${celQuantity(`self.requests.${name}`)}.compareTo(${celQuantity(`self.limits.${name}`)}) <= 0`,
  message: `resources.requests.${name} must not exceed resources.limits.${name}: raise the limit or lower the request`,
  holds: ({ requests, limits }) => isAtMost(requests?.[name], limits?.[name]),
});

export const resources = withRules(
  z.strictObject({
    requests: withRules(
      z.strictObject({ cpu: cpu("Reserved"), memory: memory("Reserved memory, such as 64Mi.") }),
      ...amountRules,
    )
      .optional()
      .meta({
        description:
          "Resources reserved on the node. CPU defaults to 50m or a lower limit, memory to its limit or else 64Mi.",
      }),
    limits: withRules(
      z.strictObject({
        cpu: cpu("At most this"),
        memory: memory("At most this memory, such as 256Mi; beyond it the container is killed."),
      }),
      ...amountRules,
    )
      .optional()
      .meta({
        description:
          "Maximum use. Defaults to 500m and 256Mi, or to the request if that is higher; with a limit for memory alone, CPU has none. The limit for memory cannot be switched off.",
      }),
  }),
  fitRule("cpu"),
  fitRule("memory"),
);

export const PATH = "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*|/[.][A-Za-z0-9_-][A-Za-z0-9._-]*)+$";
/** Below /etc: what decides names, users, trust and which code is loaded. A program's own directory there may be writable. */
const RESERVED_IN_ETC =
  "hosts|hostname|resolv[.]conf|nsswitch[.]conf|passwd|group|shadow|gshadow|subuid|subgid|ld[.]so[A-Za-z0-9._-]*|ssl|pki|ca-certificates[A-Za-z0-9._-]*|pam[A-Za-z0-9._-]*|security|sudoers[A-Za-z0-9._-]*|cron[A-Za-z0-9._-]*|profile[A-Za-z0-9._-]*|init[A-Za-z0-9._-]*|kubernetes";
export const RESERVED_PATH = `^/(proc|sys|dev|run/secrets|var/run/secrets)(/|$)|^/etc(/(${RESERVED_IN_ETC})(/[!-~]*)?)?$`;

/** The volume is called `shared-` and this, within the 63 characters of a volume's name. */
const MAX_SHARED_NAME = 56;

export const scratch = listMap(
  z
    .strictObject({
      path: withRules(
        text(255, 2),
        matches(
          PATH,
          "scratch.path must be absolute and plain, such as /tmp or /var/cache/app: no empty, . or .. segment, no colon, no trailing slash",
        ),
        matchesNot(
          RESERVED_PATH,
          "scratch.path must not cover /proc, /sys, /dev, the mounted secrets, /etc itself or what in it decides names, users and trust (/etc/passwd, /etc/ssl and the like): use a directory such as /etc/app",
        ),
      ).meta({ description: "Absolute path of a writable directory, such as /tmp." }),
      size: memorySize(
        "Maximum size; a pod that exceeds it is evicted. Added to the container's request and limit of ephemeral-storage. Defaults to 64Mi.",
      ).default("64Mi"),
      medium: z.enum(["Disk", "Memory"]).optional().meta({
        description:
          "Memory keeps the directory in memory, where it counts against the container's memory limit; the default limit grows by it. Defaults to Disk.",
      }),
      name: labelName(
        "Containers with the same name here share the directory. By default each has its own.",
        MAX_SHARED_NAME,
      ).optional(),
      ...scratchNearMisses,
    })
    .meta({ description: "One writable directory. Its size counts against the pod, never the node." }),
  ["path"],
  { max: 16 },
);
