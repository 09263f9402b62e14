/** Everything that is generated: where it goes and what it says. One list, so that nothing generated goes unverified. */
import { crdFile } from "./crd.ts";
import { rbacFile } from "./rbac.ts";
import { referenceFile } from "./reference.ts";

export interface GeneratedFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedFile[] = [crdFile, rbacFile, referenceFile];
