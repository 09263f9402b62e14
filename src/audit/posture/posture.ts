/** What breaks a rule and is in no chain: each rule once for each severity, with all that breaks it. Pure. */
import { type Graph, TECHNIQUES, type Technique } from "../edges/edge.ts";
import type { Breach, Facts, Workload } from "../facts/model.ts";
import { type Finding, identityOf, type Member } from "../finding.ts";
import type { Place } from "../place.ts";
import { controlPlaneFlags, defaultNamespace } from "./control-plane.ts";
import { FURTHER_RIGHTS } from "./further-rights.ts";
import {
  exposed,
  ingressSnippet,
  ingressWithoutTls,
  loginInTheClear,
  openProgram,
  sshPort,
  withoutNetworkPolicy,
  withoutPodSecurity,
} from "./network.ts";
import { POD_RULES, severityOfRule } from "./pod-rules.ts";
import { defaultAccount, defaultAccountRights, RIGHT_RULES, unnamedCallers, wildcards } from "./rights.ts";
import type { Broken, Rule } from "./rule.ts";
import { credentialsInConfigMaps, credentialsInVariables, mining, secretsAsVariables } from "./secrets.ts";

export const POSTURE_RULES: readonly Rule[] = [
  mining,
  credentialsInVariables,
  credentialsInConfigMaps,
  secretsAsVariables,
  exposed,
  openProgram,
  loginInTheClear,
  sshPort,
  withoutNetworkPolicy,
  ingressWithoutTls,
  ingressSnippet,
  withoutPodSecurity,
  ...RIGHT_RULES,
  ...FURTHER_RIGHTS,
  unnamedCallers,
  wildcards,
  defaultAccountRights,
  defaultAccount,
  defaultNamespace,
  controlPlaneFlags,
];

export function postureFindings(graph: Graph, chains: readonly Finding[]): readonly Finding[] {
  const shown = new Set(
    chains.flatMap(({ evidence, members }) => [
      ...evidence.map(({ object }) => object),
      ...members.map(({ object }) => object),
    ]),
  );
  const inChain = (object: string): boolean => shown.has(object);
  return [
    ...POSTURE_RULES.flatMap((rule) => findingsOf(rule, [...rule.broken(graph, inChain)])),
    ...podFindings(graph.facts, placesIn(chains)),
  ];
}

type Text = Pick<Finding, "rule" | "reason" | "fix" | "palisade" | "attack" | "cis" | "driftCases"> & {
  readonly title: string;
};

const findingsOf = ({ id, title, driftCase, ...about }: Rule, broken: readonly Broken[]): readonly Finding[] =>
  bySeverity(
    {
      rule: id,
      title,
      reason: about.reason,
      fix: about.fix,
      palisade: about.palisade,
      attack: about.attack,
      cis: about.cis,
      driftCases: driftCase === undefined ? [] : [driftCase],
    },
    broken,
  );

function bySeverity(text: Text, broken: readonly Broken[]): readonly Finding[] {
  const { title, ...about } = text;
  return [...Map.groupBy(broken, ({ severity }) => severity)].flatMap(([severity, found]) => {
    const [first, ...rest] = [
      ...new Map(found.map((one) => memberOf(about.rule, one)).map((one) => [one.id, one])).values(),
    ];
    if (first === undefined) return [];
    const members: readonly [Member, ...Member[]] = [first, ...rest];
    return [{ kind: "posture" as const, severity, ...about, words: title, chain: undefined, evidence: [], members }];
  });
}

const memberOf = (rule: string, { object, place, words, key }: Broken): Member => ({
  id: identityOf("posture", rule, object, key),
  object,
  place,
  words,
});

/** By the operator's own rules; what a chain shows is told there. */
function podFindings({ workloads, lifted }: Facts, shown: ReadonlySet<string>): readonly Finding[] {
  const broken = [...workloads.values()].flatMap((workload) =>
    workload.isControlPlane
      ? []
      : workload.breaches
          .filter((breach) => !(isShown(workload, breach, shown) || isLifted(workload, breach, lifted)))
          .map((breach) => ({ rule: breach.rule, broken: brokenBy(breach) })),
  );
  return [...Map.groupBy(broken, ({ rule }) => rule)].flatMap(([rule, found]) =>
    bySeverity(
      textOf(rule),
      found.map((one) => one.broken),
    ),
  );
}

const keyOf = ({ object, path }: Place): string => `${object} ${path}`;

const placesIn = (chains: readonly Finding[]): ReadonlySet<string> =>
  new Set(chains.flatMap(({ evidence }) => evidence.map(keyOf)));

const isShown = ({ signs }: Workload, { rule, place }: Breach, shown: ReadonlySet<string>): boolean =>
  signs.some((sign) => sign.rule === rule && place.path.startsWith(sign.place.path) && shown.has(keyOf(sign.place)));

const OWNER = "SecureWorkload/";

/** By a SecurityException for the SecureWorkload that made it. */
const isLifted = ({ makers }: Workload, { rule }: Breach, lifted: ReadonlySet<string>): boolean =>
  makers.some((maker) => maker.startsWith(OWNER) && lifted.has(`${maker.slice(OWNER.length)} ${rule}`));

const brokenBy = (breach: Breach): Broken => ({
  severity: severityOfRule(breach),
  words: breach.words,
  object: breach.place.object,
  place: breach.place,
  key: breach.words,
});

const isTechnique = (id: string): id is Technique => Object.hasOwn(TECHNIQUES, id);

function textOf(rule: string): Text {
  const policy = POD_RULES.get(rule);
  const of = (framework: string): readonly string[] =>
    (policy?.sources ?? []).filter((one) => one.framework === framework).map(({ control }) => String(control));
  return {
    rule,
    title: rule,
    reason: policy?.reason ?? "",
    fix: policy?.fix ?? "",
    palisade: policy === undefined ? undefined : `a SecureWorkload obeys ${rule} always`,
    attack: of("mitre").filter(isTechnique),
    cis: of("cis"),
    driftCases: of("drift").map(Number),
  };
}
