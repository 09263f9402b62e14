import {
  driftCasesOf,
  FRAMEWORKS,
  type FrameworkId,
  POD_POLICIES,
  type Policy,
  type Source,
} from "../../src/policies/index.ts";
import { LEFT_ALONE } from "../../src/policies/left-alone.ts";
import { markdownFile } from "./generated-file.ts";
import { table } from "./markdown.ts";

const FRAMEWORK_IDS = Object.keys(FRAMEWORKS) as readonly FrameworkId[];

const controlsOf = (framework: FrameworkId): Readonly<Record<string, string>> => FRAMEWORKS[framework].controls;

const cites =
  (framework: Source["framework"], control: string | number) =>
  ({ sources }: Policy): boolean =>
    sources.some((source) => source.framework === framework && source.control === control);

const linkTo = ({ id }: Policy): string => `[${id}](#${id})`;

/** The controls of one framework in the words of its catalogue; nothing where the rule names none. */
function cited({ sources }: Policy, framework: FrameworkId): readonly string[] {
  const controls = sources.filter((source) => source.framework === framework).map(({ control }) => String(control));
  return controls.length === 0 ? [] : [`${FRAMEWORKS[framework].title}: ${controls.join(", ")}`];
}

function section(policy: Policy): string {
  const published = FRAMEWORK_IDS.flatMap((framework) => cited(policy, framework));
  const cases = driftCasesOf(policy);
  return [
    `### ${policy.id}`,
    policy.demand,
    [
      `- **Reason:** ${policy.reason}`,
      `- **Effect:** ${policy.effect}`,
      `- **Instead:** ${policy.fix}`,
      ...(policy.lifted === undefined ? [] : [`- **Lifted:** the pod gets ${policy.lifted.gives}`]),
      ...(published.length === 0 ? [] : [`- **Sources:** ${published.join("; ")}`]),
      ...(cases.length === 0 ? [] : [`- **Drift cases:** ${cases.join(", ")}`]),
    ].join("\n"),
  ].join("\n\n");
}

const rulesFor = (framework: Source["framework"], control: string | number): string =>
  POD_POLICIES.filter(cites(framework, control)).map(linkTo).join(", ");

function frameworkTable(framework: FrameworkId): string {
  const { title, edition } = FRAMEWORKS[framework];
  const rows = Object.entries(controlsOf(framework)).map(([control, about]) => [
    control,
    about,
    rulesFor(framework, control),
  ]);
  return `### ${title}\n\nEdition: ${edition}.\n\n${table(["control", "about", "rules"], rows)}`;
}

function driftTable(): string {
  const numbers = [...new Set(POD_POLICIES.flatMap(driftCasesOf))].sort((a, b) => a - b);
  const rows = numbers.map((number) => [String(number), rulesFor("drift", number)]);
  return `### Drift cases\n\nEvents and metrics use these numbers for the ways to weaken a workload.\n\n${table(["case", "rules"], rows)}`;
}

const blocks = (): readonly string[] => [
  "# The baseline",
  `Every pod of every SecureWorkload obeys these ${POD_POLICIES.length} rules; no field of the spec turns one off. The platform team can lift those with a line *Lifted* for one workload and a limited time, with a [SecurityException](security-exception.md). The others forbid settings that a SecureWorkload cannot request anyway; for the token of no-api-token declare \`permissions\`. One value in \`src/policies/\` defines each rule: Palisade applies it to the pods it creates, checks running pods with it, and gives it to the API server as CEL. Pod Security \`restricted\` admits every pod that obeys all rules.`,
  "## Rules",
  ...POD_POLICIES.map(section),
  "## By framework",
  ...FRAMEWORK_IDS.map(frameworkTable),
  driftTable(),
  "## Left alone",
  "These settings need no rule:",
  table(
    ["what", "why"],
    LEFT_ALONE.map(({ what, why }) => [what, why]),
  ),
];

export const policiesFile = markdownFile("docs/reference/policies.md", blocks);
