/** Sends the same objects to both faces of the API, the CRD and zod, and collects where they disagree. */
import type { KubeObject } from "kopf-ts";
import type { Parsed } from "../../src/crds/parse.ts";
import type { Mutation } from "./mutations.ts";
import { refusalOf } from "./refusal.ts";

/** Thousands of requests, on a machine that may be busy. */
export const AGREEMENT_TIMEOUT_MS = 10 * 60_000;
const AT_ONCE = 20;

export interface Sample {
  /** What was done to it, for the report. */
  readonly what: string;
  readonly object: KubeObject;
}

export interface Judges {
  readonly server: (object: KubeObject) => Promise<unknown>;
  readonly zod: (object: KubeObject) => Parsed<unknown>;
}

export interface Verdicts {
  readonly good: number;
  readonly bad: number;
  /** The first few. */
  readonly disagreements: readonly string[];
}

export async function judgeBoth(samples: readonly Sample[], { server, zod }: Judges): Promise<Verdicts> {
  let good = 0;
  const disagreements: string[] = [];
  const judge = async ({ what, object }: Sample): Promise<void> => {
    const byServer = await refusalOf(() => server(object));
    const byZod = zod(object);
    if (byServer === undefined) good += 1;
    if ((byServer === undefined) === byZod.ok) return;
    const zodSays = byZod.ok ? "accepts" : byZod.errors.join("; ");
    const excerpt = JSON.stringify(object).slice(0, 4_000);
    disagreements.push(`${what}\n  ${excerpt}\n  server: ${byServer ?? "accepts"}\n  zod: ${zodSays}`);
  };
  for (let start = 0; start < samples.length; start += AT_ONCE) {
    await Promise.all(samples.slice(start, start + AT_ONCE).map(judge));
  }
  return { good, bad: samples.length - good, disagreements: disagreements.slice(0, 5) };
}

export const sentence = (root: string, { path, what }: Mutation): string =>
  `${[root, ...path].join(".")} shall ${what}`;

/** The API server takes no request beyond 3 MiB, whatever is in it: lists of the longest texts are beyond it. */
export const fitsIntoRequest = (object: KubeObject): boolean => Buffer.byteLength(JSON.stringify(object)) < 2_500_000;
