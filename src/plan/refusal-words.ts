/**
 * What the API server said when it refused a pod, made fit for a status: the same refusal gives the same words, and no value is repeated. Pure.
 */

/** What controllers put before the API server's own words. */
const PREFIXES: readonly RegExp[] = [
  /^\(combined from similar events\): /,
  /^Error creating( job)?: /,
  /^create (Claim \S+ for )?Pod \S+ in StatefulSet \S+ failed error: /,
];

/** The end of a name that the API server made up (`generateName`): another for each try. */
const MADE_UP = /-[bcdfghjklmnpqrstvwxz2456789]{5}(?=")/g;
/** How much of a quota is used moves with every other workload. */
const USED = /, used: .*?(?=, limited: )/g;
const QUOTED_VALUE = /Invalid value: "(?:[^"\\]|\\.)*"/g;
/** A value that is no text is printed as a structure without an end that could be told. */
const OTHER_VALUE = /(Invalid value: )(?!…)[\s\S]*$/;

const MAX_LENGTH = 1_024;

export function refusalWords(message: string): string {
  const own = PREFIXES.reduce((words, prefix) => words.replace(prefix, ""), message);
  return own
    .replace(MADE_UP, "-…")
    .replace(USED, "")
    .replace(QUOTED_VALUE, "Invalid value: …")
    .replace(OTHER_VALUE, "$1…")
    .slice(0, MAX_LENGTH);
}

/** The pod that a StatefulSet could not make: its name is in the message, since a StatefulSet knows it beforehand. */
export const podNamedIn = (message: string): string | undefined =>
  / Pod (\S+) in StatefulSet /.exec(` ${message}`)?.[1];
