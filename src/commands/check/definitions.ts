import type { KubeObject, Resource } from "kopf-ts";
import { CUSTOM_KINDS } from "../../crds/custom-kinds.ts";
import { crdNameOf } from "../../crds/custom-resource-definition.ts";
import { no, type Question, yes } from "./finding.ts";

const CRD: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

interface Definition {
  readonly spec?: { readonly versions?: readonly { readonly name: string; readonly served: boolean }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Verifies that every CRD is served in this program's version. */
export const definitionsServed: Question = async ({ client }) => {
  const problems = await Promise.all(
    CUSTOM_KINDS.map(async ({ resource }) =>
      problemOf(resource, await client.get<KubeObject & Definition>(CRD, { name: crdNameOf(resource) })),
    ),
  );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) return no(`${found.join("; ")}: install the CRDs of this version (crds.enabled)`);
  return yes(`${CUSTOM_KINDS.map(({ resource }) => `${crdNameOf(resource)} ${resource.version}`).join(", ")} served`);
};

/** Undefined if the CRD serves the kind. */
export function problemOf(resource: Resource, definition: Definition | undefined): string | undefined {
  const name = crdNameOf(resource);
  if (definition === undefined) return `${name} does not exist`;
  const { spec, status } = definition;
  if (!spec?.versions?.some((version) => version.name === resource.version && version.served))
    return `${name} does not serve ${resource.version}`;
  const isEstablished = status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
  return isEstablished ? undefined : `${name} is not Established`;
}
