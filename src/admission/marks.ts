/**
 * What others may write on our objects: labels and annotations of deployment tools, and the adoption label. CEL cannot remove keys from a map, so two
 * maps are compared key by key, except for those that may differ.
 */
import { ADOPT_LABEL, GROUP, TOLERATED_ANNOTATION } from "../crds/group.ts";
import { DEFAULT_DENY_NAME } from "../names.ts";
import { SERVER_METADATA, TRACKING_ANNOTATIONS, TRACKING_LABELS } from "../plan/ignored-fields.ts";
import {
  IDENTITY_KIND,
  type MetadataField,
  PLATFORM_FINALIZERS,
  PLATFORM_METADATA,
  ROUTE_KINDS,
  ROUTE_METADATA,
} from "../plan/platform-metadata.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { isMadeByOurs, isOurs } from "./ownership.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { finalizersAt, listAt, mapAt, namespaceList, SIDES, type Side } from "./request.ts";

/** Labels and annotations of both sides, for {@link onlyMarksDiffer}. */
export const MARKS: NonNullable<AdmissionPolicy["variables"]> = [
  { name: "labels", expression: mapAt("object", "metadata", "labels") },
  { name: "oldLabels", expression: mapAt("oldObject", "metadata", "labels") },
  { name: "annotations", expression: mapAt("object", "metadata", "annotations") },
  { name: "oldAnnotations", expression: mapAt("oldObject", "metadata", "annotations") },
  { name: "tolerated", expression: `${namespaceList(TOLERATED_ANNOTATION)}.split(',').filter(t, t != '')` },
];

/** True if two maps are equal except for these keys. */
export const sameBut = (one: string, other: string, keys: readonly string[]): string =>
  all(
    `${one}.all(k, k in ${celList(keys)} || (k in ${other} && ${one}[k] == ${other}[k]))`,
    `${other}.all(k, k in ${celList(keys)} || k in ${one})`,
  );

/** As {@link sameBut}, without the keys that `except` is true of. */
export const sameUnless = (one: string, other: string, except: (key: string) => string): string =>
  all(
    `${one}.all(k, (${except("k")}) || (k in ${other} && ${one}[k] == ${other}[k]))`,
    `${other}.all(k, (${except("k")}) || k in ${one})`,
  );

const isListed = (key: string, entries: readonly string[]): string =>
  any(
    `${key} in ${celList(entries.filter((entry) => !entry.endsWith("/")))}`,
    `${celList(entries.filter((entry) => entry.endsWith("/")))}.exists(d, ${key}.startsWith(d))`,
  );

const isKind = (...kinds: readonly string[]): string => `request.kind.kind in ${celList(kinds)}`;

const isListedByPlatform = (key: string): string =>
  all(
    `!${key}.contains(${celText(`${GROUP}/`)})`,
    `variables.tolerated.exists(t, t.endsWith('/') ? ${key}.startsWith(t) : ${key} == t)`,
  );

/** `isPlatformMetadata` of `plan/platform-metadata.ts`. What the platform team lists stands on the namespace; our own marks are never among it. */
export const isPlatformKey = (key: string, field: MetadataField): string =>
  any(
    all(`!(${isKind(IDENTITY_KIND, ...ROUTE_KINDS)})`, isListed(key, PLATFORM_METADATA)),
    all(isKind(...ROUTE_KINDS), isListed(key, ROUTE_METADATA)),
    field === "labels" ? isListedByPlatform(key) : all(`!(${isKind(IDENTITY_KIND)})`, isListedByPlatform(key)),
  );

/** `isPlatformFinalizer` of `plan/platform-metadata.ts`. */
const isPlatformFinalizer = (finalizer: string): string =>
  all(
    `!(${isKind(IDENTITY_KIND)})`,
    any(
      ...Object.entries(PLATFORM_FINALIZERS).map(([kind, entries]) => all(isKind(kind), isListed(finalizer, entries))),
      isListedByPlatform(finalizer),
    ),
  );

/**
 * True if an update changes no finalizers but those of the platform's controllers. Needs {@link MARKS}. Only who may write such objects in every
 * namespace, as those controllers may, adds one: anybody else's would only block the name (DRIFT 35).
 */
export const onlyPlatformFinalizersDiffer = all(
  `${finalizersAt("oldObject")}.all(f, f in ${finalizersAt("object")} || (${isPlatformFinalizer("f")}))`,
  `${finalizersAt("object")}.all(f, f in ${finalizersAt("oldObject")} || (${all(isPlatformFinalizer("f"), any("variables.updatesEverywhere", "variables.patchesEverywhere"))}))`,
);

export interface Tolerance {
  /** Fields that are ignored or checked elsewhere. */
  readonly fields?: readonly string[];
  readonly metadata?: readonly string[];
  readonly labels?: readonly string[];
  /** A variable that is {@link marksTolerated}, where one policy asks for it more than once. */
  readonly marks?: string;
}

/** True if only labels and annotations differ that deployment tools and the platform write, and `labels`. Needs {@link MARKS}. */
export const marksTolerated = (labels: readonly string[] = []): string =>
  all(
    sameUnless("variables.labels", "variables.oldLabels", (key) =>
      any(`${key} in ${celList([...TRACKING_LABELS, ADOPT_LABEL, ...labels])}`, isPlatformKey(key, "labels")),
    ),
    sameUnless("variables.annotations", "variables.oldAnnotations", (key) =>
      any(`${key} in ${celList([...TRACKING_ANNOTATIONS])}`, isPlatformKey(key, "annotations")),
    ),
  );

/** True if an update changes only labels and annotations of deployment tools and of the platform, and what is listed here. Needs {@link MARKS}. */
export const onlyMarksDiffer = ({ fields = [], metadata = [], labels = [], marks }: Tolerance = {}): string =>
  all(
    sameBut("object", "oldObject", ["metadata", ...fields]),
    sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA, "labels", "annotations", ...metadata]),
    marks ?? marksTolerated(labels),
  );

/** Our labels and annotations; objects with one count as ours. Everybody may write the adoption label. */
export const isMark = (key: string): string =>
  all(`${key}.startsWith(${celText(`${GROUP}/`)})`, `${key} != ${celText(ADOPT_LABEL)}`);

/** True if none of our labels or annotations was added, changed or removed. */
export const marksStand = (map: string, oldMap: string): string =>
  all(
    `${map}.all(k, !(${isMark("k")}) || (k in ${oldMap} && ${map}[k] == ${oldMap}[k]))`,
    `${oldMap}.all(k, !(${isMark("k")}) || k in ${map})`,
  );

/** Kubernetes' recommended labels, which every child bears. */
const RECOMMENDED = "app.kubernetes.io/";

/** True if an update changes only `fields`, and labels and annotations that no child has of Palisade. Needs {@link MARKS}. */
export const onlyForeignMetadataDiffers = (fields: readonly string[]): string =>
  all(
    sameBut("object", "oldObject", ["metadata", ...fields]),
    sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA, "labels", "annotations"]),
    sameUnless("variables.labels", "variables.oldLabels", (key) =>
      any(
        `${key} in ${celList([...TRACKING_LABELS])}`,
        `!(${isMark(key)} || ${key}.startsWith(${celText(RECOMMENDED)}))`,
      ),
    ),
    sameUnless("variables.annotations", "variables.oldAnnotations", (key) => `!(${isMark(key)})`),
  );

/** True if a map of labels or annotations contains one of ours. */
export const holdsMark = (map: string): string => `${map}.exists(k, ${isMark("k")})`;

/** True if the old or new object has one of our labels or annotations at one of these paths. */
export const bearsMark = (...places: readonly (readonly string[])[]): string =>
  SIDES.flatMap((side) =>
    places.flatMap((place) =>
      ["labels", "annotations"].map((field) => holdsMark(mapAt(side, ...place, "metadata", field))),
    ),
  ).join(" || ");

/** Whether an object refers to an owner of one of our kinds, rightly or not: nobody else writes such a reference. */
export const claimsOwner = SIDES.map(
  (side) =>
    `${listAt(side, "metadata", "ownerReferences")}.exists(o, o.apiVersion.startsWith(${celText(`${GROUP}/`)}))`,
).join(" || ");

/** Our only object that belongs to no workload and so has no workload label. */
export const isDefaultDeny = (side: Side): string =>
  all(
    "request.resource.resource == 'networkpolicies'",
    `${side} != null`,
    `${side}.?metadata.?name.orValue('') == ${celText(DEFAULT_DENY_NAME)}`,
  );

/** What is ours is guarded by `palisade-owned-objects` and `palisade-pods`, and by no policy on what is foreign. */
export const foreign: AdmissionPolicy["conditions"][number] = {
  name: "foreign",
  expression: `!(${any(isOurs("oldObject"), isMadeByOurs("oldObject"), isDefaultDeny("oldObject"))})`,
};
