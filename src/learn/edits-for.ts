/** What of the findings goes into the draft of one workload. Pure. */
import type { Finding, Lack } from "./compare.ts";
import { type DeclaredWorkload, type Direction, keyOf } from "./declared.ts";
import type { Edits } from "./edit.ts";
import type { UsedRights } from "./used-rights.ts";

export interface Learned {
  readonly findings: readonly Finding[];
  readonly rights: UsedRights | undefined;
  readonly writes: readonly Write[];
}

/** A directory that a workload wrote into. */
export interface Write {
  /** `namespace/name`. */
  readonly workload: string;
  readonly directory: string;
  /** Whether the image has something there, which a mount would hide. */
  readonly hides: boolean;
}

/** Marks only say of an entry that it was not seen where somebody looked. */
export function editsFor(workload: DeclaredWorkload, { findings, rights, writes }: Learned): Edits {
  const key = keyOf(workload);
  const lacks = findings.flatMap((finding) =>
    finding.lacks.filter((lack) => lack.workload === key).map((lack) => ({ lack, finding })),
  );
  const ownRights = (rights?.findings ?? []).filter((finding) => finding.workload === key);
  const ownWrites = writes.filter((write) => write.workload === key && !isWritable(workload, write.directory));
  return {
    appends: distinct([
      ...lacks.flatMap(({ lack, finding }) => appendOf(lack, finding)),
      ...ownRights
        .filter(({ verdict }) => verdict === "SeenNotDeclared")
        .map(({ rule, clusterRead }) => ({
          path: [clusterRead === undefined ? "permissions" : "clusterReads"],
          entry: clusterRead ?? rule,
          mark: "used, not declared",
        })),
      ...ownWrites
        .filter((write) => canBeScratch(write))
        .map(({ directory }) => ({ path: ["scratch"], entry: { path: directory }, mark: "written" })),
    ]),
    marks: [
      ...accessMarks(workload, findings),
      ...ownRights.flatMap(({ index, verdict, clusterRead }) =>
        index === undefined
          ? []
          : [
              {
                path: [clusterRead === undefined ? "permissions" : "clusterReads", index],
                mark: verdict === "DeclaredAndSeen" ? "used" : "not used",
              },
            ],
      ),
    ],
    questions: questionsOf(key, lacks, ownWrites, rights),
  };
}

function appendOf({ entry, direction }: Lack, { evidence }: Finding): Edits["appends"] {
  const [first] = evidence;
  const mark = first === undefined ? "seen, not declared" : `seen, not declared: ${first}`;
  return entry === undefined ? [] : [{ path: ["access", direction], entry, mark }];
}

function distinct(appends: Edits["appends"]): Edits["appends"] {
  return [...new Map(appends.map((one) => [JSON.stringify([one.path, one.entry]), one])).values()];
}

/** An entry that several findings name was seen if one of them was; one that nobody could have seen has no mark. */
function accessMarks(workload: DeclaredWorkload, findings: readonly Finding[]): Edits["marks"] {
  const marks = new Map<string, string>();
  for (const { verdict, declared } of findings)
    for (const place of declared)
      if (verdict !== "DeclaredNotSeen") marks.set(placeKey(place), "seen");
      else if (!marks.has(placeKey(place))) marks.set(placeKey(place), "not seen");
  return (["inbound", "outbound"] as const).flatMap((direction) =>
    (workload.access[direction] ?? []).flatMap((_, index) => {
      const mark = marks.get(placeKey({ workload: keyOf(workload), direction, index }));
      return mark === undefined ? [] : [{ path: ["access", direction, index], mark }];
    }),
  );
}

const placeKey = ({
  workload,
  direction,
  index,
}: {
  readonly workload: string;
  readonly direction: Direction;
  readonly index: number;
}): string => `${workload} ${direction} ${index}`;

function questionsOf(
  key: string,
  lacks: readonly { readonly lack: Lack }[],
  writes: readonly Write[],
  rights: UsedRights | undefined,
): readonly string[] {
  const access = lacks.flatMap(({ lack: { decision, direction } }) =>
    decision === undefined ? [] : [`access.${direction}: ${decision}`],
  );
  const scratch = writes
    .filter((write) => !canBeScratch(write))
    .map(({ directory }) =>
      directory === "/"
        ? "scratch: it writes into /: tell it to write into a directory"
        : `scratch: it writes into ${directory}, where the image has files of its own, which scratch would hide`,
    );
  return [...new Set([...access, ...scratch, ...(rights?.decisions.get(key) ?? [])])];
}

const canBeScratch = ({ directory, hides }: Write): boolean => directory !== "/" && !hides;

/** Also where something above it is. */
export const isWritable = ({ writable }: DeclaredWorkload, directory: string): boolean =>
  writable.some((path) => directory === path || directory.startsWith(`${path.replace(/\/$/, "")}/`));
