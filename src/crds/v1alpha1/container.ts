import { z } from "zod";
import { quantityMillis } from "../../plan/quantity.ts";
import { listMap, withRules } from "../schema.ts";
import { portNumber, subdomainName } from "./names.ts";

const REFERENCE =
  "^([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$";
const TAGGED = ":[A-Za-z0-9_][A-Za-z0-9_.-]*$";
const FLOATING = ":latest$";

export const image = withRules(
  z.string().min(1).max(512),
  {
    rule: `self.matches('${REFERENCE}')`,
    message: "image must be a reference such as registry.example.com/shop/web:1.4.2, in lower case but for the tag",
    holds: (value) => new RegExp(REFERENCE).test(value),
  },
  {
    rule: `self.matches('${TAGGED}')`,
    message: "image needs a tag or a digest: write registry.example.com/shop/web:1.4.2 or …@sha256:<digest>",
    holds: (value) => new RegExp(TAGGED).test(value),
  },
  {
    rule: `!self.matches('${FLOATING}')`,
    message: "image must not be tagged latest, which names another image tomorrow: write the version or a digest",
    holds: (value) => !new RegExp(FLOATING).test(value),
  },
).meta({
  description: "The container image, with a tag other than latest or, better, a digest. Nothing else says what runs.",
});

export const ports = withRules(
  listMap(
    z.strictObject({
      name: z
        .string()
        .min(1)
        .max(15)
        .regex(/^[a-z]([a-z0-9]|-[a-z0-9])*$/)
        .meta({
          description:
            "Name of the port, unique in the workload: lower-case letters, digits and single hyphens, starting with a letter.",
        }),
      port: portNumber("Number the container listens on. The Service answers on the same number."),
      protocol: z.enum(["TCP", "UDP"]).default("TCP").meta({ description: "Transport protocol. TCP unless set." }),
    }),
    ["name"],
    { max: 16 },
  ),
  {
    rule: "self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol))",
    message: "ports must not declare one number twice for the same protocol: remove one of the two",
    holds: (list) => new Set(list.map(({ port, protocol }) => `${port}/${protocol}`)).size === list.length,
  },
);

const keyRef = (kind: string) =>
  z.strictObject({
    name: subdomainName(`Name of the ${kind}, in the workload's own namespace.`),
    key: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[-._a-zA-Z0-9]+$/)
      .meta({ description: `The key in the ${kind}. The container does not start while it is missing.` }),
  });

const valueFrom = withRules(
  z.strictObject({
    secretKeyRef: keyRef("Secret")
      .optional()
      .meta({ description: "One key of a Secret. The operator itself never reads it." }),
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
      name: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/)
        .meta({ description: "Name of the variable." }),
      value: z.string().max(32_768).optional().meta({
        description: "The value as it stands. Anybody who may read workloads can read it: secrets go into a Secret.",
      }),
      valueFrom: valueFrom.optional().meta({ description: "Where the value comes from." }),
    }),
    {
      rule: "has(self.value) != has(self.valueFrom)",
      message: "an env entry needs exactly one of value and valueFrom: keep the one that is meant",
      holds: ({ value, valueFrom: source }) => (value === undefined) !== (source === undefined),
    },
  ),
  ["name"],
  { max: 128 },
);

const CPU = "^([1-9][0-9]{0,5}m|[1-9][0-9]{0,2})$";
const MEMORY = "^[1-9][0-9]{0,8}(Ki|Mi|Gi)$";

const cpu = (what: string) =>
  withRules(z.string().min(1).max(8), {
    rule: `self.matches('${CPU}')`,
    message: 'cpu is written in whole cores or thousandths: "2" or "250m", in quotes',
    holds: (value) => new RegExp(CPU).test(value),
  })
    .optional()
    .meta({ description: `${what} processor time: whole cores ("2") or thousandths of one ("250m").` });

const memorySize = (what: string) =>
  withRules(z.string().min(1).max(11), {
    rule: `self.matches('${MEMORY}')`,
    message: 'sizes are written in whole Ki, Mi or Gi: "64Mi" or "1Gi"',
    holds: (value) => new RegExp(MEMORY).test(value),
  }).meta({ description: what });

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

const PATH = "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*|/[.][A-Za-z0-9_-][A-Za-z0-9._-]*)+$";
const RESERVED_PATH = "^/(proc|sys|dev|etc|run/secrets|var/run/secrets)(/.*)?$";

export const scratch = listMap(
  z.strictObject({
    path: withRules(
      z.string().min(2).max(255),
      {
        rule: `self.matches('${PATH}')`,
        message:
          "scratch.path must be absolute and plain, such as /tmp or /var/cache/app: no empty, . or .. segment, no colon, no trailing slash",
        holds: (value) => new RegExp(PATH).test(value),
      },
      {
        rule: `!self.matches('${RESERVED_PATH}')`,
        message: "scratch.path must not cover /proc, /sys, /dev, /etc or the mounted secrets: choose another directory",
        holds: (value) => !new RegExp(RESERVED_PATH).test(value),
      },
    ).meta({ description: "Absolute path of a directory the container may write. Everything else is read-only." }),
    size: memorySize("The most it may hold; the pod is evicted beyond it. 64Mi unless set.").default("64Mi"),
  }),
  ["path"],
  { max: 16 },
);
