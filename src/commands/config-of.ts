/** Flags and the configuration file, for one command: what they say wrongly is its wrong use. */
import { type Config, type ConfigFlags, loadConfig } from "../config/load.ts";
import { messageOf, wrongUse } from "./answer.ts";

export function configOf(flags: ConfigFlags, next: string): Config {
  try {
    return loadConfig(flags);
  } catch (error) {
    throw wrongUse(messageOf(error), next);
  }
}
