/** Variables of a container: values, keys of ConfigMaps and Secrets, whole ones, and what a pod says of itself. */
import { fieldVariable } from "../../crds/v1alpha1/downward.ts";
import { readCopyName } from "../../expand/configs.ts";
import { isSecretValue } from "../../manifests/secret-value.ts";
import { type Draft, defined, evidenceOf } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";
import { amountRef, lostValue } from "./downward.ts";

type Fields = Record<string, unknown>;

/** The name of the ConfigMap that a copy of Palisade's was made from; any other name stays. */
export function sourceName(name: string): string {
  const copy = readCopyName(name);
  return copy === undefined || isInline(name) ? name : name.slice(copy.workload.length + 1, -copy.hash.length - 1);
}

/** A copy of files that a spec holds itself: it is called after the workload, `inline` and its content. */
export const isInline = (name: string): boolean =>
  readCopyName(name) !== undefined && /^[a-z0-9-]+\.inline\./.test(name);

/** Of a reference: false says nothing. */
export const optionalIn = (part: Part, field: string): true | undefined =>
  part.at("optional").keep(`${field}.optional`).value === true ? true : undefined;

interface Variable {
  readonly draft: Draft;
  readonly part: Part;
  readonly name: string;
  readonly field: string;
  /** The name of its container. */
  readonly container: string | undefined;
}

export const variablesOf = (draft: Draft, container: Part, where: string): readonly Fields[] =>
  container
    .at("env")
    .items()
    .flatMap((part) => {
      const name = part.at("name").text() ?? "";
      const field = `${where}env[${name}]`;
      const entries = entriesOf({ draft, part, name, field, container: container.at("name").text() });
      part.drop("a variable has one source");
      return entries;
    });

function entriesOf(variable: Variable): readonly Fields[] {
  const { part, name, field } = variable;
  const from = part.at("valueFrom");
  const secret = from.at("secretKeyRef");
  const config = from.at("configMapKeyRef");
  if (secret.exists) return [{ name: keptName(part, field), valueFrom: { secretKeyRef: keyOf(secret, field) } }];
  if (config.exists) {
    const { name: source, ...key } = keyOf(config, field);
    return [{ name: keptName(part, field), valueFrom: { configMapKeyRef: { name: sourceName(source), ...key } } }];
  }
  if (from.at("fieldRef").exists) return fieldOf(variable, from.at("fieldRef", "fieldPath").text() ?? "");
  if (from.at("resourceFieldRef").exists) return amountOf(variable, from.at("resourceFieldRef"));
  if (from.exists) return without(variable, `what ${from.fields()[0]?.[0] ?? "valueFrom"} names`);
  return [{ name, value: plainValue(variable) }];
}

function plainValue({ draft, part, name, field }: Variable): string {
  const value = part.at("value").text() ?? "";
  draft.texts.push({ ...part.at("value").place, name, text: value });
  if (isSecretValue(name, value))
    draft.decisions.push(
      `${field}: looks like a secret, which everybody who reads the workload can read; put it in a Secret`,
    );
  part.keep(field);
  return value;
}

const keptName = (part: Part, field: string): string => part.at("name").keep(field).text() ?? "";

const keyOf = (
  part: Part,
  field: string,
): { readonly name: string; readonly key: string; readonly optional?: true } => {
  const optional = optionalIn(part, field);
  part.keep(field);
  const key = { name: part.at("name").text() ?? "", key: part.at("key").text() ?? "" };
  return optional === undefined ? key : { ...key, optional };
};

/** A label or an annotation that the pod will not have is a plain value. */
function fieldOf(variable: Variable, path: string): readonly Fields[] {
  const { draft, part, name, field } = variable;
  const lost = lostValue(draft, path);
  if (lost !== undefined) {
    part.replace(`${field}, as a value`);
    draft.evidence.set(field, evidenceOf(part, `stands for ${path}`));
    return [{ name, value: lost }];
  }
  if (!takes(fieldVariable, { fieldPath: path })) return without(variable, path);
  part.keep(field);
  return [{ name, valueFrom: { fieldRef: { fieldPath: path } } }];
}

function amountOf(variable: Variable, ref: Part): readonly Fields[] {
  const { part, name, field, container } = variable;
  const resourceFieldRef = amountRef(ref, container);
  if (resourceFieldRef === undefined) {
    const { resource = "a resource", containerName } = ref.labels();
    return without(variable, containerName === undefined ? resource : `${resource} of ${containerName}`);
  }
  part.keep(field);
  return [{ name, valueFrom: { resourceFieldRef } }];
}

function without({ draft, part, field }: Variable, what: string): readonly Fields[] {
  part.drop(`variables cannot hold ${what}`);
  const why = what.startsWith("status.hostIP") ? ": it leads around access.outbound" : "";
  draft.decisions.push(`${field}: was ${what}, which variables cannot hold${why}; give it a value, or do without`);
  return [];
}

export const variableSourcesOf = (container: Part, where: string): readonly Fields[] =>
  container
    .at("envFrom")
    .items()
    .flatMap((part) => sourceOf(part, `${where}envFrom`));

function sourceOf(part: Part, field: string): readonly Fields[] {
  const prefix = part.at("prefix").keep(field).text();
  const config = part.at("configMapRef");
  const secret = part.at("secretRef");
  const optional = [config, secret].map((one) => optionalIn(one, field)).find((one) => one !== undefined);
  const [configMap, secretName] = [config, secret].map((one) => one.at("name").keep(field).text());
  if (configMap === undefined && secretName === undefined) return [];
  return [
    defined({
      prefix: prefix === "" ? undefined : prefix,
      configMap: configMap === undefined ? undefined : sourceName(configMap),
      secret: secretName,
      optional,
    }),
  ];
}
