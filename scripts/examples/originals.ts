/** Which example was written after which manifests. The manifests are others' and not here: of each only its facts are kept. */

export interface Original {
  /** Of the facts and of what is told. */
  readonly name: string;
  /** Below `examples/`, with the SecureWorkloads. */
  readonly folder: string;
  /** The page that tells what became of it, below `examples/`. */
  readonly page: string;
  /** Files and folders below the folder of originals. */
  readonly sources: readonly string[];
  /** Of a set of which the example is a part: the objects that it has. */
  readonly names?: readonly string[];
}

const KUBERNETES = "kubernetes-website-examples";
const PODINFO = "stefanprodan-podinfo";
const OTEL = "opentelemetry-demo";

export const ORIGINALS: readonly Original[] = [
  {
    name: "online-boutique",
    folder: "online-boutique",
    page: "online-boutique/README.md",
    sources: ["GoogleCloudPlatform-microservices-demo/kubernetes-manifests"],
  },
  {
    name: "voting-app",
    folder: "voting-app",
    page: "voting-app/README.md",
    sources: ["dockersamples-example-voting-app/k8s-specifications"],
  },
  {
    name: "podinfo",
    folder: "podinfo/base",
    page: "podinfo/README.md",
    sources: ["backend", "cache", "database", "frontend"].map((part) => `${PODINFO}/deploy/bases/${part}`),
  },
  {
    name: "podinfo-webapp",
    folder: "podinfo/webapp",
    page: "podinfo/README.md",
    sources: ["backend", "frontend"].map((part) => `${PODINFO}/deploy/webapp/${part}`),
  },
  {
    name: "podinfo-secure",
    folder: "podinfo/secure",
    page: "podinfo/README.md",
    sources: ["backend", "common", "frontend"].map((part) => `${PODINFO}/deploy/secure/${part}`),
  },
  {
    name: "podinfo-standalone",
    folder: "podinfo/standalone",
    page: "podinfo/README.md",
    sources: [`${PODINFO}/kustomize`],
  },
  {
    name: "wordpress",
    folder: "wordpress",
    page: "wordpress/README.md",
    sources: [`${KUBERNETES}/wordpress-mysql.yaml`, `${KUBERNETES}/wordpress-wordpress.yaml`],
  },
  {
    name: "mysql",
    folder: "mysql",
    page: "mysql/README.md",
    sources: [`${KUBERNETES}/mysql-services.yaml`, `${KUBERNETES}/mysql-statefulset.yaml`],
  },
  {
    name: "zookeeper",
    folder: "zookeeper",
    page: "zookeeper/README.md",
    sources: [`${KUBERNETES}/zookeeper.yaml`],
  },
  {
    name: "otel-demo",
    folder: "otel-demo",
    page: "otel-demo/README.md",
    sources: [
      "component.yaml",
      "jaeger-jaeger-jaeger-deploy.yaml",
      "jaeger-jaeger-jaeger-service.yaml",
      "opensearch-poddisruptionbudget.yaml",
      "opensearch-service.yaml",
      "opensearch-statefulset.yaml",
      "prometheus-deploy.yaml",
      "prometheus-service.yaml",
    ].map((file) => `${OTEL}/${file}`),
    names: [
      ...["cart", "jaeger", "kafka", "prometheus", "valkey-cart"],
      ...["opensearch", "opensearch-headless", "opensearch-pdb"],
    ],
  },
];
