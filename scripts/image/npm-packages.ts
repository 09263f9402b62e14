/** The npm packages that really are in a bundle, as @cyclonedx/cyclonedx-esbuild finds them; not those that are installed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** As much of a component of CycloneDX 1.6 as is read or written here. */
export interface Component {
  readonly type: "application" | "library" | "operating-system";
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly { readonly alg: "SHA-256" | "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly object[];
  readonly cpe?: string;
  readonly purl?: string;
}

export interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** A document of the plugin. */
export interface FoundPackages {
  readonly metadata: { readonly component: FoundComponent };
  readonly components: readonly FoundComponent[];
  readonly dependencies: readonly Dependency[];
}

interface FoundComponent extends Component {
  readonly evidence?: {
    readonly licenses: readonly { readonly license: { readonly text: { readonly content: string } } }[];
  };
}

export interface NpmPackages {
  /** The operator, by package.json. */
  readonly own: Component;
  readonly packages: readonly Component[];
  readonly dependencies: readonly Dependency[];
  /** The terms of all of them, in one text. */
  readonly terms: string;
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly link?: boolean }>
  >;
}

/** Throws when a package does not say its licence, or is not in the lock file of `root`. */
export function npmPackages(root: string, { metadata, components, dependencies }: FoundPackages): NpmPackages {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  // Files that the build makes up belong to no package, and a package of this repository to the operator.
  const isOurs = (component: FoundComponent): boolean =>
    lock.packages[`node_modules/${fullName(component)}`]?.link === true;
  const found = components.filter((component) => component.purl !== undefined && !isOurs(component));
  const { evidence: _, ...own } = metadata.component;
  const refs = new Set([metadata.component, ...found].map((component) => component["bom-ref"]));
  const inside = new Set(components.filter(isOurs).map((component) => component["bom-ref"]));
  return {
    own,
    packages: found.map((component) => describe(component, lock)),
    dependencies: joined(dependencies, own["bom-ref"], inside)
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
    terms: found.map(termsOf).join(`\n${"-".repeat(80)}\n\n`),
  };
}

/** What depends on a package `inside` of the operator, or is what it depends on, is the operator's own. */
function joined(dependencies: readonly Dependency[], own: string, inside: ReadonlySet<string>): readonly Dependency[] {
  const edges = new Map<string, Set<string>>();
  const nameOf = (ref: string): string => (inside.has(ref) ? own : ref);
  for (const { ref, dependsOn = [] } of dependencies) {
    const known = edges.get(nameOf(ref)) ?? new Set<string>();
    for (const other of dependsOn) if (nameOf(other) !== nameOf(ref)) known.add(nameOf(other));
    edges.set(nameOf(ref), known);
  }
  return [...edges].map(([ref, dependsOn]) => ({ ref, dependsOn: [...dependsOn].sort() }));
}

const fullName = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

/** Under the name by which vulnerabilities are published, without qualifiers, and with the hash of its archive. */
function describe({ evidence: _, purl = "", ...component }: FoundComponent, lock: LockFile): Component {
  const name = fullName(component);
  const [, locked] =
    Object.entries(lock.packages).find(
      ([folder, { version }]) => folder.endsWith(`node_modules/${name}`) && version === component.version,
    ) ?? [];
  if (component.licenses === undefined) throw new Error(`${name} ${component.version} does not say its licence`);
  if (locked?.integrity === undefined)
    throw new Error(`${name} ${component.version} is not in package-lock.json: run npm install`);
  return { ...component, hashes: [hashOf(locked.integrity)], purl: purl.replace(/\?.*$/, "") };
}

/** Of a subresource integrity of SHA-512, which is in base64. */
export const hashOf = (integrity: string) =>
  ({ alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") }) as const;

function termsOf(component: FoundComponent): string {
  const texts = component.evidence?.licenses.map(({ license }) =>
    Buffer.from(license.text.content, "base64").toString(),
  );
  return [`${fullName(component)} ${component.version}`, ...(texts ?? [])].map((text) => `${text.trim()}\n`).join("\n");
}
