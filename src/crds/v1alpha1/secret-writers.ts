/** Who may change the Secrets that workloads name. */
import { z } from "zod";
import { listMap, text, withRules } from "../schema.ts";
import { labelName } from "./names.ts";

const WRITER_KINDS = ["User", "Group", "ServiceAccount"] as const;

const writer = withRules(
  z.strictObject({
    kind: z.enum(WRITER_KINDS).meta({ description: "Kind of the subject: User, Group or ServiceAccount." }),
    name: text(253, 1)
      .regex(/^[!-+.-~-]+$/)
      .meta({ description: "Name, as the API server knows it; without commas and blanks." }),
    namespace: labelName("Namespace of the ServiceAccount.").optional(),
  }),
  {
    rule: "(self.kind == 'ServiceAccount') == has(self.namespace)",
    message: "secretWriters.namespace is required for a ServiceAccount and not allowed otherwise",
    holds: ({ kind, namespace }) => (kind === "ServiceAccount") === (namespace !== undefined),
  },
);

export const secretWriters = listMap(
  writer.meta({ description: "One writer, such as the account of a secret manager or a group." }),
  ["kind", "name"],
  { max: 32 },
);

type SecretWriter = z.output<typeof writer>;

/** As admission policies look for it: `group:NAME`, or `user:NAME`, since a ServiceAccount is a user of a known name. */
export const writerMark = ({ kind, name, namespace }: SecretWriter): string => {
  if (kind === "ServiceAccount") return `user:system:serviceaccount:${namespace}:${name}`;
  return `${kind === "User" ? "user" : "group"}:${name}`;
};
