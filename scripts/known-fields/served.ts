/** Asks an API server for the fields of the kinds that the operator writes. */
import type { Resource } from "kopf-ts";
import { CHILD_KINDS } from "../../src/expand/child-kinds.ts";
import {
  CONFIG_MAP,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../../src/kubernetes/kinds.ts";
import type { TestCluster } from "../../test/cluster/index.ts";
import { mustKubectl } from "../../test/cluster/kubectl.ts";
import { type OpenApiDocument, renderKnownFields } from "./render.ts";

/** What the operator writes of the kinds that every cluster serves. */
const WRITTEN_RESOURCES: readonly Resource[] = [
  ...new Set(CHILD_KINDS.filter(({ optional }) => optional !== true).map(({ resource }) => resource)),
  CONFIG_MAP,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
];

const documentPath = ({ group, version }: Resource): string =>
  `/openapi/v3/${group === "" ? `api/${version}` : `apis/${group}/${version}`}`;

/** The text of `src/plan/kubernetes-fields.ts` as this cluster's API server would have it. */
export async function fieldsServedBy(cluster: TestCluster): Promise<string> {
  const read = async (path: string): Promise<unknown> => JSON.parse(await mustKubectl(cluster, ["get", "--raw", path]));
  const paths = [...new Set(WRITTEN_RESOURCES.map(documentPath))];
  const documents = (await Promise.all(paths.map(read))) as readonly OpenApiDocument[];
  const { gitVersion } = (await read("/version")) as { readonly gitVersion: string };
  return renderKnownFields(documents, WRITTEN_RESOURCES, gitVersion);
}
