/** A program that reads one question as JSON, answers it as JSON and ends. */
import { runProgram } from "../cluster/kubectl.ts";

/** Throws with the program's own words when it fails. */
export async function askProgram<T>(binary: string, question: object): Promise<T> {
  const { stdout, stderr, code } = await runProgram(binary, [], { input: JSON.stringify(question) });
  if (code !== 0) throw new Error(`${binary} ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout) as T;
}
