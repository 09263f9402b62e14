/** A file for each policy with its bindings: to be applied, and for API servers that read them from a folder. */
import { admissionObjects } from "../../src/admission/policy.ts";
import { mayBeStatic, staticObjects } from "../../src/admission/static.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { yamlFile } from "./generated-file.ts";

const FOLDER = "config/admission";

export const admissionFiles = [
  ...ADMISSION_POLICIES.map((policy) => yamlFile(`${FOLDER}/${policy.name}.yaml`, () => admissionObjects(policy))),
  ...ADMISSION_POLICIES.filter(mayBeStatic).map((policy) =>
    yamlFile(`${FOLDER}/static/${policy.name}.yaml`, () => staticObjects(policy)),
  ),
];
