/** Palisade as it is shipped: the built image, which the node has without a registry, and the chart, installed by Helm 4. */
import { join } from "node:path";
import { type BuiltImage, buildImage } from "../../../scripts/image/build.ts";
import { packageVersion } from "../../../scripts/image/bundle.ts";
import type { TestCluster } from "../../cluster/index.ts";
import { loadImage } from "../../cluster/load-image.ts";
import { ROOT } from "../../docs/reader.ts";
import { NAMESPACE } from "../../support/chart.ts";
import { kubectl } from "../../support/cluster.ts";
import { CHART, mustHelm } from "../../support/helm.ts";

export { NAMESPACE } from "../../support/chart.ts";

/** Of the tree that is tested. */
export const VERSION = packageVersion(ROOT);

type Values = Readonly<Record<string, unknown>>;

/** Builds the image of a version and hands it to the node. */
export async function shipImage(cluster: TestCluster, version = VERSION): Promise<BuiltImage> {
  const image = await buildImage({ version, log: () => {} });
  await loadImage(cluster, image.archive);
  return image;
}

/** The release's namespace, under the strictest Pod Security that there is. */
export async function makeNamespace(cluster: TestCluster): Promise<void> {
  await kubectl(cluster, ["create", "namespace", NAMESPACE]);
  await kubectl(cluster, ["label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted"]);
}

const repositoryOf = ({ name }: BuiltImage): string => name.slice(0, name.lastIndexOf(":"));

/** Installs the chart, or upgrades the release to it, and waits until its pods are ready. */
export const applyRelease = (
  cluster: TestCluster,
  command: "install" | "upgrade",
  image: BuiltImage,
  { chart = CHART, values = {} }: { readonly chart?: string; readonly values?: Values } = {},
): Promise<string> =>
  helmOn(cluster, [command, "palisade", chart, "--wait", "--timeout", "3m", "--values", "-"], {
    ...values,
    image: { repository: repositoryOf(image) },
  });

/** The chart of this tree under another version, as an archive in `folder`. */
export async function packageChart(version: string, folder: string): Promise<string> {
  await mustHelm(4, ["package", CHART, "--version", version, "--app-version", version, "--destination", folder]);
  return join(folder, `palisade-${version}.tgz`);
}

/** Helm 4 in the release's namespace; throws with its own words. */
export const helmOn = (cluster: TestCluster, args: readonly string[], values: Values = {}): Promise<string> =>
  mustHelm(4, [...args, "--namespace", NAMESPACE], { kubeconfig: cluster.kubeconfig(), input: JSON.stringify(values) });
