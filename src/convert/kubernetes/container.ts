/** A container as a SecureWorkload declares it, but for its volumes. */
import { containerFields } from "../../crds/v1alpha1/containers.ts";
import { isQuantity, type Quantity } from "../../kubernetes/quantity.ts";
import { cpuOf, memoryOf } from "../amounts.ts";
import { type Draft, defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";
import { claimFixed } from "./fixed.ts";
import { httpGetOf, portOf, probesOf } from "./probes.ts";
import { variableSourcesOf, variablesOf } from "./variables.ts";

type Fields = Record<string, unknown>;

/** Where messages place it: `env` of the first container, `containers[log].env` of another. */
export type Where = string;

export function containerOf(draft: Draft, part: Part, where: Where): Fields {
  const fields = defined({
    image: imageOf(draft, part.at("image"), where),
    command: texts(part.at("command"), `${where}command`),
    args: texts(part.at("args"), `${where}args`),
    workingDir: workingDirOf(draft, part.at("workingDir"), `${where}workingDir`),
    env: listOrNothing(variablesOf(draft, part, where)),
    envFrom: listOrNothing(variableSourcesOf(part, where)),
    resources: resourcesOf(draft, part.at("resources"), where),
    probes: probesOf(draft, part, where),
    lifecycle: lifecycleOf(draft, part, where),
  });
  for (const argument of [...part.at("command").items(), ...part.at("args").items()])
    draft.texts.push({ ...argument.place, name: "", text: argument.text() ?? "" });
  claimFixed(part, "container");
  for (const name of LISTS) if (part.at(name).items().length === 0) part.at(name).keep("nothing");
  return fields;
}

/** Which say nothing when they are empty. */
const LISTS = ["env", "envFrom", "ports", "volumeMounts", "command", "args"];

const listOrNothing = (list: readonly Fields[]): readonly Fields[] | undefined =>
  list.length === 0 ? undefined : list;

const texts = (part: Part, field: string): readonly string[] | undefined => {
  const list = part.keep(field).texts();
  return list === undefined || list.length === 0 ? undefined : list;
};

function imageOf(draft: Draft, part: Part, where: Where): string {
  const image = part.keep(`${where}image`).text() ?? "";
  const path = image.slice(image.lastIndexOf("/") + 1);
  if (/:latest$/.test(path) || !/[:@]/.test(path))
    draft.decisions.push(
      `${where}image: ${image === "" ? "there is none" : `${image} has no version`}; write a tag other than latest, or a digest`,
    );
  return image;
}

function workingDirOf(draft: Draft, part: Part, field: string): string | undefined {
  const path = part.text();
  if (path === undefined || path === "" || takes(containerFields.workingDir, path)) {
    part.keep(field);
    return path === "" ? undefined : path;
  }
  part.drop("is no absolute path of plain segments");
  draft.decisions.push(`${field}: was ${path}; write it as an absolute path of plain segments, such as /app`);
  return undefined;
}

function resourcesOf(draft: Draft, part: Part, where: Where): Fields | undefined {
  const amounts = (kind: string): Fields | undefined => {
    const all = part.at(kind);
    const field = `${where}resources.${kind}`;
    const cpu = amount(draft, all.at("cpu"), `${field}.cpu`, cpuOf);
    const memory = amount(draft, all.at("memory"), `${field}.memory`, memoryOf);
    all.at("ephemeral-storage").fix("rule resource-limits: the sum of scratch");
    all.drop("only cpu and memory can be declared; for a device use placement.accelerator");
    const fields = defined({ cpu, memory });
    return Object.keys(fields).length === 0 ? undefined : fields;
  };
  const fields = defined({ requests: amounts("requests"), limits: amounts("limits") });
  part.at("claims").fix("rule no-resource-claims");
  part.keep(`${where}resources`);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function amount(
  draft: Draft,
  part: Part,
  field: string,
  read: (written: Quantity) => Quantity | undefined,
): Quantity | undefined {
  const written = typeof part.value === "number" ? part.value : part.text();
  if (written === undefined) return undefined;
  const value = read(written);
  if (value !== undefined) {
    part.keep(field);
    return value;
  }
  part.drop("is no amount that can be declared");
  draft.decisions.push(
    `${field}: ${written} ${isQuantity(written) ? "is too small or too large" : "is no amount"}; write another, or leave it to the default`,
  );
  return undefined;
}

function lifecycleOf(draft: Draft, container: Part, where: Where): Fields | undefined {
  const part = container.at("lifecycle");
  part.at("stopSignal").drop("the image's own signal is used");
  const hook = (name: string): Fields | undefined => {
    const one = part.at(name);
    const field = `${where}lifecycle.${name}`;
    const command = one.at("exec", "command").keep(field).texts();
    const sleep = one.at("sleep", "seconds").keep(`${field}.sleepSeconds`).number();
    const http = one.at("httpGet");
    const target = portOf(draft, container, http.at("port").keep(field));
    const request = http.exists ? { httpGet: httpGetOf(http, target, field) } : undefined;
    one.drop("only exec, httpGet and sleep are carried over");
    if (command !== undefined) return { exec: { command } };
    if (request !== undefined) return request;
    if (sleep !== undefined) return { sleepSeconds: sleep };
    if (one.exists) draft.decisions.push(`${field}: write it as exec`);
    return undefined;
  };
  const fields = defined({ preStop: hook("preStop"), postStart: hook("postStart") });
  return Object.keys(fields).length === 0 ? undefined : fields;
}
