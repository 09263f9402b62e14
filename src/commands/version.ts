/** `palisade version`. */
import { VERSION } from "../version.ts";
import type { Answer } from "./answer.ts";

export const version = async (): Promise<Answer> => ({
  kind: "Version",
  data: { version: VERSION, node: process.version },
  text: VERSION,
  hasFindings: false,
});
