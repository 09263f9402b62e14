import { z } from "zod";
import { quantityMillis } from "../../plan/quantity.ts";
import { listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { keyName, labelName, portNumber, protocol, subdomainName } from "./names.ts";

const REFERENCE =
  "^([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$";
const TAGGED = ":[A-Za-z0-9_][A-Za-z0-9_.-]*$";
const FLOATING = ":latest$";

export const image = withRules(
  text(512, 1),
  matches(
    REFERENCE,
    "image must be a reference such as registry.example.com/shop/web:1.4.2, in lower case but for the tag",
  ),
  matches(TAGGED, "image needs a tag or a digest: write registry.example.com/shop/web:1.4.2 or …@sha256:<digest>"),
  matchesNot(
    FLOATING,
    "image must not be tagged latest, which names another image tomorrow: write the version or a digest",
  ),
).meta({
  description:
    "The container image, with a tag other than latest or, better, a digest, so that every pod runs the same.",
});

const celServicePort = (entry: string): string => `(has(${entry}.servicePort) ? ${entry}.servicePort : ${entry}.port)`;

export const ports = withRules(
  listMap(
    z
      .strictObject({
        name: text(15, 1)
          .regex(/^[a-z]([a-z0-9]|-[a-z0-9])*$/)
          .meta({
            description:
              "Name of the port, unique in the workload: lower-case letters, digits and single hyphens, starting with a letter.",
          }),
        port: portNumber(
          "Number the container listens on, in the pod and never on the node. The Service answers on the same number unless servicePort is set.",
        ),
        servicePort: portNumber(
          "Number the Service answers on, where callers know another one than the container listens on.",
        ).optional(),
        protocol,
      })
      .meta({ description: "One port the container listens on." }),
    ["name"],
    { max: 16 },
  ),
  {
    rule: "self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol))",
    message: "ports must not declare one number twice for the same protocol: remove one of the two",
    holds: (list) => new Set(list.map(({ port, protocol }) => `${port}/${protocol}`)).size === list.length,
  },
  {
    rule: `self.all(a, self.exists_one(b, ${celServicePort("a")} == ${celServicePort("b")} && a.protocol == b.protocol))`,
    message: "ports.servicePort must not have the Service answer twice on one number: choose another",
    holds: (list) =>
      new Set(list.map(({ port, servicePort, protocol }) => `${servicePort ?? port}/${protocol}`)).size === list.length,
  },
);

const keyRef = (kind: string) =>
  z.strictObject({
    name: subdomainName(`Name of the ${kind}, in the workload's own namespace.`),
    key: keyName(`The key in the ${kind}. The container does not start while it is missing.`),
  });

const valueFrom = withRules(
  z.strictObject({
    secretKeyRef: keyRef("Secret")
      .optional()
      .meta({ description: "One key of a Secret. The operator itself never reads it, and may not." }),
    configMapKeyRef: keyRef("ConfigMap").optional().meta({ description: "One key of a ConfigMap." }),
  }),
  {
    rule: "has(self.secretKeyRef) != has(self.configMapKeyRef)",
    message: "valueFrom needs exactly one of secretKeyRef and configMapKeyRef: keep the one that is meant",
    holds: ({ secretKeyRef, configMapKeyRef }) => (secretKeyRef === undefined) !== (configMapKeyRef === undefined),
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
        description: "The value as it stands. Anybody who may read workloads can read it: secrets go into a Secret.",
      }),
      valueFrom: valueFrom.optional().meta({ description: "Where the value comes from, in place of value." }),
    }),
    {
      rule: "has(self.value) != has(self.valueFrom)",
      message: "an env entry needs exactly one of value and valueFrom: keep the one that is meant",
      holds: ({ value, valueFrom: source }) => (value === undefined) !== (source === undefined),
    },
  ).meta({ description: "One variable, with exactly one of value and valueFrom." }),
  ["name"],
  { max: 128 },
);

const CPU = "^([1-9][0-9]{0,5}m|[1-9][0-9]{0,2})$";
const MEMORY = "^[1-9][0-9]{0,8}(Ki|Mi|Gi)$";

const cpu = (what: string) =>
  withRules(text(8, 1), matches(CPU, 'cpu is written in whole cores or thousandths: "2" or "250m", in quotes'))
    .optional()
    .meta({ description: `${what} processor time: whole cores ("2") or thousandths of one ("250m").` });

export const memorySize = (what: string) =>
  withRules(text(11, 1), matches(MEMORY, 'sizes are written in whole Ki, Mi or Gi: "64Mi" or "1Gi"')).meta({
    description: what,
  });

type Amounts = { readonly cpu?: string | undefined; readonly memory?: string | undefined };

/** Anything that is not a quantity is refused by a rule of its own; here it must not be refused twice. */
function fits(
  { requests, limits }: { readonly requests?: Amounts | undefined; readonly limits?: Amounts | undefined },
  name: keyof Amounts,
): boolean {
  const request = requests?.[name];
  const limit = limits?.[name];
  if (request === undefined || limit === undefined) return true;
  const form = new RegExp(name === "cpu" ? CPU : MEMORY);
  return !form.test(request) || !form.test(limit) || quantityMillis(request) <= quantityMillis(limit);
}

const fitRule = (name: keyof Amounts) => ({
  rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || !isQuantity(self.requests.${name}) || !isQuantity(self.limits.${name}) || quantity(self.requests.${name}).compareTo(quantity(self.limits.${name})) <= 0`,
  message: `resources.requests.${name} must not exceed resources.limits.${name}: raise the limit or lower the request`,
  holds: (value: Parameters<typeof fits>[0]) => fits(value, name),
});

export const resources = withRules(
  z.strictObject({
    requests: z
      .strictObject({ cpu: cpu("Reserved"), memory: memorySize('Reserved memory, "64Mi" for example.').optional() })
      .optional()
      .meta({
        description: "What is reserved on the node. 50m and 64Mi unless set, or the limit where that is lower.",
      }),
    limits: z
      .strictObject({
        cpu: cpu("At most this"),
        memory: memorySize('At most this memory, "256Mi" for example; beyond it the container is killed.').optional(),
      })
      .optional()
      .meta({
        description:
          "What is never exceeded. 500m and 256Mi unless set, or the request where that is higher. There is no way to have no limit.",
      }),
  }),
  fitRule("cpu"),
  fitRule("memory"),
);

export const PATH = "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*|/[.][A-Za-z0-9_-][A-Za-z0-9._-]*)+$";
export const RESERVED_PATH = "^/(proc|sys|dev|etc|run/secrets|var/run/secrets)(/|$)";

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
          "scratch.path must not cover /proc, /sys, /dev, /etc or the mounted secrets: choose another directory",
        ),
      ).meta({ description: "Absolute path of a directory the container may write, such as /tmp." }),
      size: memorySize("The most it may hold; the pod is evicted beyond it. 64Mi unless set.").default("64Mi"),
      name: labelName(
        "Containers of this workload that give the same name share the directory. Its own unless set.",
      ).optional(),
    })
    .meta({ description: "One directory the container may write. It counts against the pod, never against the node." }),
  ["path"],
  { max: 16 },
);
