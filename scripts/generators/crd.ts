import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { installedFile } from "./generated-file.ts";

export const crdFiles = CUSTOM_KINDS.flatMap((kind) => {
  const file = `${kind.resource.group}_${kind.resource.plural}.yaml`;
  return installedFile(`crd/${file}`, `crds/${file}`, () => [buildCrd(kind)]);
});
