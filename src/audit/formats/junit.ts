/** Findings as JUnit writes tests: a failure for each object that a finding names, an error for what could not be read. Pure. */
import type { Unread } from "../../manifests/parse.ts";
import type { Finding } from "../finding.ts";
import { placeText } from "../place.ts";
import { escaped } from "./markup.ts";
import { messageOf } from "./sarif.ts";

export function junitOf(findings: readonly Finding[], unread: readonly Unread[]): string {
  const failures = findings.flatMap((finding) =>
    finding.members.map((member) => {
      const attributes = attributesOf({
        classname: finding.rule,
        name: `${member.object} ${member.id}`,
        ...(member.place.file === "" ? {} : { file: member.place.file, line: String(member.place.line) }),
      });
      const failure = attributesOf({ type: finding.severity, message: messageOf(finding, member) });
      return `    <testcase${attributes}><failure${failure}>${escaped(`${placeText(member.place)}: ${finding.fix}`)}</failure></testcase>`;
    }),
  );
  const errors = unread.map(
    ({ file, line, problem }) =>
      `    <testcase${attributesOf({ classname: "unread", name: `${file}:${line}` })}><error${attributesOf({ message: problem })}/></testcase>`,
  );
  const clean = failures.length + errors.length === 0 ? ['    <testcase classname="audit" name="nothing found"/>'] : [];
  const cases = [...failures, ...errors, ...clean];
  const counts = attributesOf({
    name: "palisade audit",
    tests: String(cases.length),
    failures: String(failures.length),
    errors: String(errors.length),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite${counts}>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

const attributesOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
