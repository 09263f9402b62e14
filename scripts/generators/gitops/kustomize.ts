/**
 * What Kustomize must be told of our kinds, read off their schemas so that no field is forgotten: where images and names of other objects stand,
 * and by which key the items of a list are merged. A Component, since Kustomize reads configuration only from below a kustomization.
 */
import { CUSTOM_KINDS, SECURE_WORKLOAD_KIND } from "../../../src/crds/custom-kinds.ts";
import type { CustomKind } from "../../../src/crds/custom-resource-definition.ts";
import { itemsOf, propertiesOf, schemaOf } from "../../../src/crds/field-catalogue.ts";
import type { JsonSchemaProps } from "../../../src/crds/to-crd.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";

const FOLDER = "charts/palisade/gitops/kustomize";

interface FieldSpec {
  readonly kind: string;
  readonly group: string;
  readonly path: string;
}

/** Every text in a spec, and every list of texts, as `spec/containers/image`. */
function textsIn(path: string, schema: JsonSchemaProps): readonly string[] {
  const body = itemsOf(schema) ?? schema;
  if (body["type"] === "string") return [path];
  return propertiesOf(body).flatMap(([name, field]) => textsIn(`${path}/${name}`, field));
}

const textsOf = (kind: CustomKind): readonly string[] => {
  const spec = propertiesOf(schemaOf(kind)).find(([name]) => name === "spec")?.[1];
  return spec === undefined ? [] : textsIn("spec", spec);
};

function fieldsLike(pattern: RegExp): readonly FieldSpec[] {
  return CUSTOM_KINDS.flatMap((kind) =>
    textsOf(kind)
      .filter((path) => pattern.test(path))
      .map((path) => ({ kind: kind.resource.kind, group: kind.resource.group, path })),
  );
}

/** The kinds that a spec names, and how the paths of such names end. */
const NAMED = [
  { kind: "ConfigMap", version: "v1", paths: /\/(configMap\/name|configMapKeyRef\/name|configMap)$/ },
  {
    kind: "Secret",
    version: "v1",
    paths: /\/(secret\/name|secretKeyRef\/name|secret|secretName|sharedSecrets\/name)$/,
  },
  { kind: "PersistentVolumeClaim", version: "v1", paths: /\/claims\/existing$/ },
  {
    kind: SECURE_WORKLOAD_KIND.resource.kind,
    group: SECURE_WORKLOAD_KIND.resource.group,
    paths: /\/(workload|workload\/name|sharedSecrets\/with)$/,
  },
] as const;

const configuration = () => ({
  images: fieldsLike(/\/image$/),
  nameReference: NAMED.map(({ paths, ...named }) => ({ ...named, fieldSpecs: fieldsLike(paths) })),
  replicas: [{ kind: SECURE_WORKLOAD_KIND.resource.kind, path: "spec/replicas", create: true }],
});

/** As little of the schema as merging needs. */
function mergeSchema(schema: JsonSchemaProps): JsonSchemaProps {
  const items = itemsOf(schema);
  const [key, ...more] = (schema["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  const properties = propertiesOf(schema);
  return {
    type: schema["type"],
    ...(key === undefined || more.length > 0
      ? {}
      : { "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": key }),
    ...(items === undefined ? {} : { items: mergeSchema(items) }),
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(properties.map(([name, field]) => [name, mergeSchema(field)])) }),
  };
}

function openapi(): object {
  const definitions = CUSTOM_KINDS.map((kind) => {
    const { group, version, kind: name } = kind.resource;
    const identity = { "x-kubernetes-group-version-kind": [{ group, version, kind: name }] };
    return [`dev.palisade.${version}.${name}`, { ...mergeSchema(schemaOf(kind)), ...identity }];
  });
  return { definitions: Object.fromEntries(definitions) };
}

export const kustomizeFiles: readonly GeneratedFile[] = [
  yamlFile(`${FOLDER}/fields.yaml`, () => [configuration()]),
  { path: `${FOLDER}/openapi.json`, render: () => `${JSON.stringify(openapi(), undefined, 2)}\n` },
];
