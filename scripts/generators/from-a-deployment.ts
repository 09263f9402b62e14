/** The guide that answers for every field of Kubernetes' own kinds. */
import { FIELDS_OF_TYPE, KUBERNETES_VERSION } from "../../src/plan/kubernetes-fields.ts";
import { markdownFile } from "./generated-file.ts";
import { table } from "./markdown.ts";
import { MOVED } from "./moved-fields.ts";

/** The names of a type's fields, as the API server knows them. */
export const fieldsOf = (type: string): readonly string[] =>
  (FIELDS_OF_TYPE[type] ?? "").split(" ").map((field) => field.replace(/:.*$/, ""));

const section = ({ type, title, answers }: (typeof MOVED)[number]): readonly string[] => [
  `## ${title}`,
  table(
    ["field", "in a SecureWorkload"],
    fieldsOf(type).map((field) => [`\`${field}\``, answers[field] ?? ""]),
  ),
];

export const fromADeploymentFile = markdownFile("docs/guides/from-a-deployment.md", () => [
  "# From a Deployment, field by field",
  `Every field of Kubernetes ${KUBERNETES_VERSION} that an application's manifests may hold, and what to write instead. "Palisade's" means that it is set for every workload, so leave it out. [migration.md](migration.md) tells how to move without an interruption, and the [reference](../reference/secure-workload.md) what each field takes.`,
  "Who writes one of the common fields of the left side into a SecureWorkload is told the same by the API server.",
  ...MOVED.flatMap(section),
]);
