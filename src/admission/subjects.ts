/** CEL about the subjects of bindings. */
import { celList } from "../policies/cel.ts";
import { listAt } from "./request.ts";

/** The groups that every account is in. */
export const EVERYBODY = celList(["system:serviceaccounts", "system:authenticated", "system:unauthenticated"]);

/** A variable: the subjects that stand in the new binding and not in the old one. */
export const ADDED_SUBJECTS = {
  name: "added",
  expression: `${listAt("object", "subjects")}.filter(s, !(s in ${listAt("oldObject", "subjects")}))`,
};
