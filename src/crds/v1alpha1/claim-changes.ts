/** What may become of a claim that exists: data never goes, and never differs between two replicas, because a field was edited. */
import type { TransitionRule } from "../schema.ts";

const BOTH_SIZED = "has(self.size) && has(oldSelf.size)";
const text = (object: string, field: string, fallback: string): string =>
  `(has(${object}.${field}) ? ${object}.${field} : '${fallback}')`;
const isSame = (field: string, fallback = ""): string =>
  `${text("self", field, fallback)} == ${text("oldSelf", field, fallback)}`;

/** Of one claim, found by its name. */
export const claimChanges: readonly TransitionRule[] = [
  {
    rule: `!(${BOTH_SIZED}) || !isQuantity(self.size) || !isQuantity(oldSelf.size) || quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0`,
    message:
      "claims.size cannot become smaller, because no volume shrinks: keep the size, or declare a claim of another name and move the data",
  },
  {
    rule: `!(${BOTH_SIZED}) || (${isSame("storageClass")} && ${isSame("accessMode", "ReadWriteOnce")})`,
    message:
      "claims.storageClass and claims.accessMode cannot change, because the claims that exist keep theirs: declare a claim of another name and move the data",
  },
];

/** Of the whole spec. */
export const claimTypeChanges: readonly TransitionRule[] = [
  {
    rule: "self.type == oldSelf.type || !has(self.claims) || !self.claims.exists(c, has(c.size))",
    message:
      "type cannot change while claims have a size, because pods of another type get new, empty claims: name the claims that hold the data under claims.existing",
  },
];
