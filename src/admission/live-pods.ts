/** What others may change of a live pod. */
import { type Installation, NETWORK_PLUGINS } from "../installation.ts";
import { POD_FINALIZERS } from "../plan/live-pod-fields.ts";
import { all, any, celList } from "../policies/cel.ts";
import { isMark, marksStand, sameBut, sameUnless } from "./marks.ts";
import { finalizersAt, isNode, isUser, listAt } from "./request.ts";

/** Others take off only what others put on: a finalizer of theirs keeps the pod, and so its name, for as long as it is there (DRIFT 35). */
const finalizersStand = all(
  `${finalizersAt("object")}.all(f, f in ${finalizersAt("oldObject")})`,
  `${finalizersAt("oldObject")}.all(f, f in ${finalizersAt("object")} || !(f in ${celList([...POD_FINALIZERS])}))`,
);

/** Accounts are names that somebody else may give again, so each writes its own keys and no others. */
const isPlugins = (where: Installation, key: string): string =>
  any(
    ...NETWORK_PLUGINS.map(({ users, annotations }) =>
      all(isUser(where, ...users), `${celList(annotations)}.exists(d, ${key}.startsWith(d))`),
    ),
  );

/** What the platform team lists: a key, or all keys of a domain. */
const isTolerated = (key: string): string =>
  `variables.tolerated.exists(t, t.endsWith('/') ? ${key}.startsWith(t) : ${key} == t)`;

/** Annotations of nodes and of network plugins, of what the platform team lists, and those of which `isOwn`, CEL of a key, is true. */
const pluginsAnnotate = (where: Installation, ...isOwn: readonly ((key: string) => string)[]): string =>
  all(
    marksStand("variables.annotations", "variables.oldAnnotations"),
    any(
      isNode,
      sameUnless("variables.annotations", "variables.oldAnnotations", (key) =>
        any(isTolerated(key), isPlugins(where, key), ...isOwn.map((one) => one(key))),
      ),
    ),
  );

const stand = (...fields: readonly string[]): string =>
  all(...fields.map((field) => `object.metadata.?${field} == oldObject.metadata.?${field}`), finalizersStand);

/**
 * Finalizers of others that go, and annotations by nodes and by network plugins that exchange data about pods in them, some through the status. Refusing
 * them would keep pods from starting. Anybody else could steer autoscalers, meshes and backups by them. Needs `MARKS`.
 */
export const onlyPluginsAnnotate = (where: Installation): string =>
  all(sameBut("object", "oldObject", ["metadata"]), stand("labels", "ownerReferences"), pluginsAnnotate(where));

const GATES = "variables.gates";
const OLD_GATES = "variables.oldGates";

/** For {@link onlyGatesGo}. */
export const GATE_VARIABLES = [
  { name: "gates", expression: listAt("object", "spec", "schedulingGates") },
  { name: "oldGates", expression: listAt("oldObject", "spec", "schedulingGates") },
] as const;

/** Whether a key is of the domain of a gate that goes, in which its controller notes what it decided. */
const isOfGate = (key: string): string =>
  all(
    `!(${isMark(key)})`,
    `${OLD_GATES}.exists(g, !(g in ${GATES}) && g.name.contains('/') && ${key}.startsWith(g.name.substring(0, g.name.indexOf('/') + 1)))`,
  );

/**
 * Scheduling gates that go (KEP-3521). No template of ours has one: admission put it there, and without it the pod is what its template says. So
 * whoever may update pods may remove it, as on any other pod. Where the pod runs stays ours: its node selector is not among it. Needs `MARKS`.
 */
export const onlyGatesGo = (where: Installation): string =>
  all(
    sameBut("object", "oldObject", ["metadata", "spec"]),
    sameBut("object.spec", "oldObject.spec", ["schedulingGates"]),
    `${GATES}.all(g, g in ${OLD_GATES})`,
    sameUnless("variables.labels", "variables.oldLabels", isOfGate),
    stand("ownerReferences"),
    pluginsAnnotate(where, isOfGate),
  );
