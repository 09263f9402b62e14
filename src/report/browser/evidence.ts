/** Why a cell of the matrix is as it is, and which findings touch it. */
import type { MatrixWorkload, State } from "../pairs.ts";
import { type Finding, findingsOfPage } from "./answer.ts";
import { button, element } from "./elements.ts";
import { countsText, type View } from "./view.ts";

/** How many ways a list names. */
export const NAMED = 50;

interface Between {
  readonly from: number;
  readonly to: number;
  /** Draws the workloads. */
  readonly expand: () => void;
}

/** Of two namespaces: how many pairs, and the first that are open or declared. */
export function showNamespaces(view: View, { from, to, expand }: Between): void {
  const { matrix } = view;
  const counts = matrix.counts[from]?.[to];
  if (counts === undefined) return;
  const ways = waysBetween(view, from, to);
  const more = counts.open + counts.declared - ways.length;
  show(view, `${matrix.namespaces[from]} to ${matrix.namespaces[to]}`, [
    element("p", {}, `${countsText(counts)}.`),
    button("show its workloads", expand),
    element("ul", {}, ...ways.map(([source, destination, state]) => wayOf(view, [source, destination], state))),
    ...(more > 0 ? [element("p", { class: "more" }, `and ${more} more`)] : []),
  ]);
}

type Way = readonly [source: number, destination: number, state: State];

/** The first that are not closed. */
function waysBetween(view: View, from: number, to: number): readonly Way[] {
  const ways: Way[] = [];
  for (const way of everyWay(view, from, to)) {
    ways.push(way);
    if (ways.length === NAMED) break;
  }
  return ways;
}

function* everyWay({ pairs, inNamespace }: View, from: number, to: number): Generator<Way> {
  for (const source of inNamespace[from] ?? [])
    for (const destination of inNamespace[to] ?? []) {
      const state = stateOf(pairs, source, destination);
      if (state !== "closed") yield [source, destination, state];
    }
}

const stateOf = (pairs: View["pairs"], from: number, to: number): State =>
  from === to ? "closed" : pairs.worst(from, to);

function wayOf(view: View, [from, to]: readonly [number, number], state: State): HTMLElement {
  const names = `${view.matrix.workloads[from]?.id} to ${view.matrix.workloads[to]?.id}`;
  return element(
    "li",
    {},
    `${state}: `,
    button(names, () => showPair(view, from, to)),
  );
}

/** Of two workloads: each port with its state, why, and what listens there. */
export function showPair(view: View, from: number, to: number): void {
  const { matrix, pairs } = view;
  const [source, destination] = [matrix.workloads[from], matrix.workloads[to]];
  if (source === undefined || destination === undefined) return;
  const ports = destination.ports.map(({ port, protocol, login, words }, at) => {
    const state = pairs.stateOf(from, to, at);
    return lineOf(`port ${port}/${protocol}`, state, [whyOf(state, source, destination), `${LOGIN[login]} (${words})`]);
  });
  const any = pairs.stateOf(from, to, 0);
  const unknown = lineOf("no port is known; any port", any, [whyOf(any, source, destination)]);
  show(view, `${source.id} to ${destination.id}`, [
    element("ul", {}, ...(ports.length === 0 ? [unknown] : ports)),
    ...linksTo(destination.id),
  ]);
}

export const LOGIN = {
  none: "What listens there asks for no login",
  unknown: "Whether what listens there asks for a login is unknown",
  some: "What listens there asks for a login",
} as const;

export const lineOf = (what: string, state: State, why: readonly string[]): HTMLElement =>
  element("li", {}, element("b", {}, `${what}: ${state}`), `. ${why.join(". ")}.`);

function whyOf(state: State, source: MatrixWorkload, destination: MatrixWorkload): string {
  const declaring = declaringEnds(source, destination);
  if (state === "closed" || declaring === "") return whyByPolicies(state, source, destination);
  return state === "declared"
    ? `Declared in ${declaring}`
    : `Nothing closes it, and not every end declares it: see ${declaring}`;
}

function whyByPolicies(state: State, source: MatrixWorkload, destination: MatrixWorkload): string {
  const [closes, keeps] = [destination.ingress.join(", "), source.egress.join(", ")];
  switch (state) {
    case "open":
      return closes === ""
        ? "No NetworkPolicy closes the destination for callers"
        : `The destination's policies let everybody in: ${closes}`;
    case "declared":
      return `The destination's policies name the source: ${closes}`;
    case "closed":
      return [
        ...(closes === "" ? [] : [`The destination is closed but for what these name: ${closes}`]),
        ...(keeps === "" ? [] : [`The source may leave only as these say: ${keeps}`]),
      ].join(". ");
  }
}

/** Where SecureWorkloads among the two say it. */
const declaringEnds = (source: MatrixWorkload, destination: MatrixWorkload): string =>
  [
    ...(source.declaredBy === "" ? [] : [`access.outbound of ${source.declaredBy}`]),
    ...(destination.declaredBy === "" ? [] : [`access.inbound of ${destination.declaredBy}`]),
  ].join(" and ");

/** Chains that name an object in one of their links, or as their own. */
export function linksTo(object: string): readonly HTMLElement[] {
  const own = findingsOfPage().filter((finding) => touches(finding, object));
  if (own.length === 0) return [];
  const links = own.slice(0, NAMED).map((finding) => {
    const link = element("a", { href: `#finding-${finding.members[0].id}` }, titleOf(finding, object));
    return element("li", {}, `${finding.severity}: `, link);
  });
  return [element("p", {}, `Findings about ${object}:`), element("ul", {}, ...links)];
}

function titleOf({ chain, members, rule }: Finding, object: string): string {
  if (chain !== undefined) return `chain from ${chain.start} to ${chain.end} (${rule})`;
  const own = members.find((member) => member.object === object);
  return own === undefined ? rule : `${own.words} (${rule})`;
}

const touches = ({ members, chain }: Finding, object: string): boolean =>
  members.some((member) => member.object === object) ||
  (chain?.links ?? []).some(({ places }) => places.some((place) => place.object === object));

export function show({ evidence }: View, title: string, children: readonly HTMLElement[]): void {
  evidence.replaceChildren(element("h3", {}, title), ...children);
  evidence.hidden = false;
  evidence.focus({ preventScroll: false });
}
