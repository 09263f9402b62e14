/** A construct that has no faithful form in a structural schema: where it stands, what is wrong, and what to use instead. */
export class UnsupportedSchemaError extends Error {
  override readonly name = "UnsupportedSchemaError";

  constructor(path: string, problem: string, instead: string) {
    super(`${path === "" ? "the schema" : path}: ${problem}; ${instead}`);
  }
}
