/** The first row of the matrix: what the internet reaches, and through what. */
import { type Counts, type InternetWay, internetCounts, internetState } from "../pairs.ts";
import { button, element } from "./elements.ts";
import { LOGIN, lineOf, linksTo, NAMED, show } from "./evidence.ts";
import { countsText, type View } from "./view.ts";

/** A namespace has no space in its name. */
export const THE_INTERNET = "the internet";

/** Of a namespace. */
export const countsFromInternet = ({ matrix, inNamespace }: View, to: number): Counts =>
  internetCounts({ internet: (inNamespace[to] ?? []).map((at) => matrix.internet[at] ?? []) });

/** Of a namespace: how many workloads it reaches, and the first of them. */
export function showNamespaceFromInternet(view: View, to: number, expand: () => void): void {
  const { matrix, inNamespace } = view;
  const reached = (inNamespace[to] ?? []).filter((at) => internetState(matrix.internet[at]) !== "closed");
  const more = reached.length - NAMED;
  show(view, `${THE_INTERNET} to ${matrix.namespaces[to]}`, [
    element("p", {}, `Workloads: ${countsText(countsFromInternet(view, to))}.`),
    button("show its workloads", expand),
    element("ul", {}, ...reached.slice(0, NAMED).map((at) => reachedOf(view, at))),
    ...(more > 0 ? [element("p", { class: "more" }, `and ${more} more`)] : []),
  ]);
}

const reachedOf = (view: View, to: number): HTMLElement =>
  element(
    "li",
    {},
    `${internetState(view.matrix.internet[to])}: `,
    button(view.matrix.workloads[to]?.id ?? "", () => showFromInternet(view, to)),
  );

/** Of a workload: each way with what it is, where that stands, and what listens behind it. */
export function showFromInternet(view: View, to: number): void {
  const destination = view.matrix.workloads[to];
  if (destination === undefined) return;
  const ways = view.matrix.internet[to] ?? [];
  const lines = ways.map((way) => wayOf(view, to, way));
  const none = element("p", {}, "No Service, route or port of a node leads there from outside, or policies close it.");
  show(view, `${THE_INTERNET} to ${destination.id}`, [
    lines.length === 0 ? none : element("ul", {}, ...lines),
    ...linksTo(destination.id),
  ]);
}

function wayOf({ matrix }: View, to: number, { port, state, words, place }: InternetWay): HTMLElement {
  const workload = matrix.workloads[to];
  const at = workload?.ports[port];
  const through = `Through ${words}${place === "" ? "" : `, see ${place}`}`;
  const why = whyOf(state, workload?.declaredBy ?? "", workload?.ingress ?? []);
  if (at === undefined) return lineOf("no port is known; any port", state, [through, why]);
  return lineOf(`port ${at.port}/${at.protocol}`, state, [through, why, `${LOGIN[at.login]} (${at.words})`]);
}

function whyOf(state: InternetWay["state"], declaredBy: string, policies: readonly string[]): string {
  if (declaredBy !== "")
    return state === "declared" ? `${declaredBy} declares it` : `${declaredBy} does not declare it`;
  return state === "declared"
    ? `The destination's policies name who may enter: ${policies.join(", ")}`
    : "No policy closes it to strangers";
}
