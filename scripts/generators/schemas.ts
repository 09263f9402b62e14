/** JSON Schemas for editors and programs: our kinds, and what the command line prints. */
import { z } from "zod";
import { ANSWER_VERSION } from "../../src/commands/answer.ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { DIALECT, jsonSchemaOf } from "../../src/crds/json-schema.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";

const jsonFile = (path: string, schema: () => object): GeneratedFile => ({
  path,
  render: () => `${JSON.stringify({ $schema: DIALECT, $comment: MARK, ...schema() }, undefined, 2)}\n`,
});

export const schemaFiles: readonly GeneratedFile[] = [
  ...CUSTOM_KINDS.map((kind) =>
    jsonFile(`config/schemas/palisade.dev_${kind.resource.plural}.json`, () => jsonSchemaOf(kind)),
  ),
  jsonFile(`config/schemas/${ANSWER_VERSION.replace("/", "_")}.json`, () => ({
    oneOf: Object.values(ANSWERS).map((schema) => {
      const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
      return rest;
    }),
  })),
];
