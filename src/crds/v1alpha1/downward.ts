/** What a container may learn of its own pod: where it runs and what it may use, never of the node. */
import { z } from "zod";
import { type CelRule, text, withRules } from "../schema.ts";

const KEY =
  "([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const OF_POD = `metadata[.](name|namespace|uid|(labels|annotations)\\['${KEY}'\\])`;
const OF_VARIABLE = `^(${OF_POD}|spec[.](nodeName|serviceAccountName)|status[.]podIPs?)$`;
const OF_FILE = `^(${OF_POD}|metadata[.](labels|annotations))$`;

function onlyPaths(pattern: string, message: string): CelRule<string> {
  const compiled = new RegExp(pattern);
  return { rule: `self.matches(r"${pattern}")`, message, holds: (value) => compiled.test(value) };
}

const variablePath = onlyPaths(
  OF_VARIABLE,
  "fieldRef.fieldPath must be metadata.name, .namespace or .uid, metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName or status.podIP: the address of the node (status.hostIP) leads around access.outbound, so reach what runs there through a workload or a cidr",
);

const filePath = onlyPaths(
  OF_FILE,
  "fieldRef.fieldPath of files must be metadata.name, .namespace, .uid, .labels or .annotations, or one of metadata.labels['KEY'] and metadata.annotations['KEY']: take others as variables",
);

const fieldRef = (rule: CelRule<string>, description: string) =>
  z.strictObject({
    apiVersion: z.enum(["v1"]).optional().meta({ description: "Always v1, as manifests may write it." }),
    fieldPath: withRules(text(128, 1), rule).meta({ description }),
  });

const DIVISORS = [
  "0",
  "1m",
  "1",
  "1k",
  "1M",
  "1G",
  "1T",
  "1P",
  "1E",
  "1Ki",
  "1Mi",
  "1Gi",
  "1Ti",
  "1Pi",
  "1Ei",
] as const;
const OF_CPU: readonly string[] = ["0", "1m", "1"];

const resourceFieldRef = withRules(
  z.strictObject({
    resource: z
      .enum([
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
      ])
      .meta({ description: "Amount of this container, declared or by default." }),
    divisor: z
      .enum(DIVISORS)
      .optional()
      .meta({ description: "Unit of the value, rounded up. Defaults to 1: whole cores, or bytes." }),
  }),
  {
    rule: "!has(self.divisor) || self.divisor in ['0', '1'] || (self.divisor == '1m') == self.resource.endsWith('.cpu')",
    message: "resourceFieldRef.divisor must be 1 or 1m for cpu, and 1 or a unit such as 1Mi otherwise: use another",
    holds: ({ resource, divisor }) =>
      divisor === undefined ||
      divisor === "0" ||
      divisor === "1" ||
      OF_CPU.includes(divisor) === resource.endsWith(".cpu"),
  },
);

export const fieldVariable = fieldRef(variablePath, "Field of the pod, as in Kubernetes.")
  .optional()
  .meta({ description: "One field of the pod." });

export const resourceField = resourceFieldRef
  .optional()
  .meta({ description: "One request or limit of this container." });

export const fieldFile = fieldRef(filePath, "Field of the pod's metadata, as in Kubernetes.")
  .optional()
  .meta({ description: "One field of the pod's metadata." });
