/** Of applications that nobody here wrote for a test: every leaf is in the ledger, and what would be refused is said by its field. */
import { describe, expect, test } from "@jest/globals";
import { plainly } from "../../test/support/conversions.ts";
import { heldOut } from "../../test/support/held-out.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { parseManifests } from "../manifests/parse.ts";
import { workloadText } from "./write.ts";

describe.each(heldOut())("$file", ({ conversion }) => {
  test("has every leaf in the ledger", () => {
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
    expect(conversion.unread).toEqual([]);
    expect(conversion.workloads.length).toBeGreaterThan(0);
  });

  test("is written so that it reads as the same", () => {
    for (const one of conversion.workloads) {
      const [read] = parseManifests("out.yaml", workloadText(one)).manifests;
      expect(read?.object).toEqual(plainly(one.object));
    }
  });

  test("is taken, or says which field is not", () => {
    for (const { object, decisions } of conversion.workloads) {
      const parsed = parseSecureWorkload(plainly(object));
      const named = decisions.some(
        (line) => /^would be refused: (spec|metadata)[.:\w]/.test(line) || /^(containers\[.+\]\.)?image: /.test(line),
      );
      expect({ name: object.metadata.name, isSaid: parsed.ok || named }).toEqual({
        name: object.metadata.name,
        isSaid: true,
      });
    }
  });
});
