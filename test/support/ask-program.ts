/** A program that reads one question as JSON, answers it as JSON and ends. */
import { spawn } from "node:child_process";

/** Throws with the program's own words when it fails. */
export async function askProgram<T>(binary: string, question: object): Promise<T> {
  const child = spawn(binary, { stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // One that ends before it reads closes the pipe; its exit code tells the story.
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(question));
  const code = await ended;
  if (code !== 0) throw new Error(`${binary} ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout) as T;
}
