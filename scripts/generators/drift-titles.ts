/** What the numbered cases are, for `palisade explain`: from the list of attacks that `make drift` carries out. */
import { DRIFT_CASES } from "../../test/drift/cases/index.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";

export const driftTitlesFile: GeneratedFile = {
  path: "src/plan/drift-titles.ts",
  render: () =>
    [
      `// ${MARK}`,
      "",
      "/** Every numbered way to weaken a workload, by its number. */",
      "export const DRIFT_TITLES: Readonly<Record<string, string>> = {",
      ...DRIFT_CASES.map(({ number, title }) => `  ${number}: ${JSON.stringify(title)},`),
      "};",
      "",
    ].join("\n"),
};
