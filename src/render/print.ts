/** A child as YAML, each line that nobody wrote with its mark as a comment. Pure. */

import type { KubeObject } from "kopf-ts";
import { Document, isCollection, isPair, isScalar, type Node, visit } from "yaml";
import { YAML_FORM } from "../manifests/yaml-form.ts";
import { keyOfPath, type Marked, type Step } from "./provenance.ts";

const MARKED = / # (rule|field) [\w-]+$| # (identity|default)$/gm;

/** What {@link printMarked} wrote, without its marks. */
export const withoutMarks = (text: string): string => text.replace(MARKED, "");

export const printPlain = (object: KubeObject): string => new Document(object, YAML_FORM).toString(YAML_FORM);

export function printMarked({ object, marks }: Marked): string {
  const document = new Document(object, YAML_FORM);
  visit(document, {
    Node: (_, node, ancestors) => {
      if (isCollection(node) && node.items.length > 0) return;
      const mark = marks.get(keyOfPath(pathOf([...ancestors, node])));
      if (mark !== undefined && (isScalar(node) || isCollection(node)) && !isKey(node, ancestors.at(-1)))
        node.comment = ` ${mark}`;
    },
  });
  return document.toString(YAML_FORM);
}

const isKey = (node: Node, parent: unknown): boolean => isPair(parent) && parent.key === node;

/** The steps from the root to the last of `nodes`. */
function pathOf(nodes: readonly unknown[]): readonly Step[] {
  return nodes.flatMap((node, index): readonly Step[] => {
    const inner = nodes[index + 1];
    if (isPair(node)) return isScalar(node.key) ? [node.key.value as string] : [];
    const position = isCollection(node) ? node.items.indexOf(inner as never) : -1;
    return position >= 0 && !isPair(inner) ? [position] : [];
  });
}
