/** Volumes of a Compose service: named ones are claims, anonymous ones scratch; those of the host are none. */
import { defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { bytesOf, filledIn } from "./text.ts";

type Fields = Record<string, unknown>;

export interface ComposeVolumes {
  readonly mounts: readonly Fields[];
  readonly volumes: readonly Fields[];
  readonly claims: readonly Fields[];
}

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly subPath?: string | undefined;
  readonly size: string | undefined;
}

interface Filled {
  readonly mounts: Fields[];
  readonly volumes: Fields[];
  readonly claims: Fields[];
}

const CLAIM_SIZE = "1Gi";

export function volumesOf(service: Part, decisions: string[]): ComposeVolumes {
  const filled: Filled = { mounts: [], volumes: [], claims: [] };
  for (const part of service.at("volumes").items()) addVolume(part, mountOf(part), decisions, filled);
  service.at("volumes").keep("claims");
  const temporary = service.at("tmpfs").keep("scratch");
  for (const path of temporary.texts() ?? [temporary.text()].filter((one) => one !== undefined))
    addScratch(
      { type: "tmpfs", source: "", target: path.split(":")[0] ?? "", readOnly: false, size: undefined },
      filled,
    );
  const shared = service.at("shm_size").keep("sharedMemory").text();
  if (shared !== undefined)
    addScratch({ type: "tmpfs", source: "", target: "/dev/shm", readOnly: false, size: bytesOf(shared) }, filled);
  for (const kind of ["configs", "secrets"] as const) askFor(service.at(kind), kind, decisions);
  return filled;
}

/** At its colons; not at those of a disk of Windows or of a variable. */
const partsOf = (text: string): readonly string[] => text.match(/(?:^[A-Za-z]:(?=[\\/])|\$\{[^}]*\}|[^:])+/g) ?? [];

/** `name:/path:ro`, `./file:/path`, `/path`, or the long form. */
function mountOf(part: Part): Mount {
  const target = part.at("target").text();
  if (target !== undefined) {
    const size = part.at("tmpfs", "size").text();
    return {
      type: part.at("type").text() ?? "volume",
      source: filledIn(part.at("source").text() ?? ""),
      target: filledIn(target),
      readOnly: part.at("read_only").value === true,
      subPath: part.at("volume", "subpath").text(),
      size: size === undefined ? undefined : bytesOf(size),
    };
  }
  const [first = "", second, mode = ""] = partsOf(filledIn(part.text() ?? ""));
  const isBind = second !== undefined && /^(?:[./~$]|[A-Za-z]:)/.test(first);
  return {
    type: isBind ? "bind" : "volume",
    source: second === undefined ? "" : first,
    target: second ?? first,
    readOnly: /\bro\b/.test(mode),
    size: undefined,
  };
}

function addVolume(part: Part, mount: Mount, decisions: string[], filled: Filled): void {
  const { type, source, target } = mount;
  if (type === "tmpfs" || (type === "volume" && source === "")) {
    part.keep("scratch");
    addScratch(mount, filled);
  } else if (type === "volume") {
    part.keep("claims");
    addClaim(mount, filled);
    decisions.push(
      `claims[${claimName(source)}]: Compose gives a volume no size; ${CLAIM_SIZE} is assumed, and can grow`,
    );
  } else {
    part.fix(`rule safe-volumes: no ${type} of the host is mounted`);
    decisions.push(
      `files: ${source} of the host was mounted at ${target}; put it into a ConfigMap, a Secret or the image`,
    );
  }
}

function addScratch({ type, target, size }: Mount, { mounts, volumes }: Filled): void {
  const name = `tmp-${volumes.length}`;
  mounts.push({ name, mountPath: target });
  volumes.push({ name, emptyDir: defined({ medium: type === "tmpfs" ? "Memory" : undefined, sizeLimit: size }) });
}

const claimName = (source: string): string =>
  source
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "") || "data";

function addClaim({ source, target, readOnly, subPath }: Mount, { mounts, claims }: Filled): void {
  const name = claimName(source);
  mounts.push(defined({ name, mountPath: target, subPath, readOnly: readOnly ? true : undefined }));
  if (claims.some((claim) => (claim["metadata"] as Fields)["name"] === name)) return;
  claims.push({
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: CLAIM_SIZE } } },
  });
}

/** What Compose mounts from files beside it, the cluster has as objects. */
function askFor(part: Part, kind: "configs" | "secrets", decisions: string[]): void {
  const object = kind === "configs" ? "ConfigMap" : "Secret";
  for (const one of part.items()) {
    const name = one.text() ?? one.at("source").text() ?? "";
    const path = one.at("target").text() ?? (kind === "secrets" ? `/run/secrets/${name}` : `/${name}`);
    decisions.push(
      `files: ${path} held the ${kind.slice(0, -1)} ${name}; make a ${object} of it and name it under files, outside of /run/secrets`,
    );
  }
  part.drop(`make a ${object} of it, and name it under files`);
}
