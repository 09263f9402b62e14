/** Roles and bindings as they are read: by `src/rbac`, as the operator reads them. Pure. */
import { shapeBinding, shapeRole } from "../../rbac/records.ts";
import type { Sighting } from "../place.ts";
import type { Binding, Role } from "./model.ts";

/** Of whom a field manager is nobody's business here. */
const NOBODY = "";

const isDefault = ({ object }: Sighting): boolean =>
  object.metadata.labels?.["kubernetes.io/bootstrapping"] === "rbac-defaults";

export function roleOf(sighting: Sighting): Role {
  const { kind, namespace, name, object, at } = sighting;
  const isOfCluster = kind === "ClusterRole";
  return {
    key: isOfCluster ? `${kind}/${name}` : `${kind}/${namespace}/${name}`,
    namespace: isOfCluster ? undefined : namespace,
    record: shapeRole(object, NOBODY),
    isDefault: isDefault(sighting),
    place: at(),
  };
}

export function bindingOf(sighting: Sighting): Binding {
  const { kind, namespace, name, ref, object, at } = sighting;
  const isOfCluster = kind === "ClusterRoleBinding";
  const placed = isOfCluster ? object : { ...object, metadata: { ...object.metadata, namespace } };
  return {
    bound: {
      ...shapeBinding(placed, NOBODY, 0),
      kind: isOfCluster ? "ClusterRoleBinding" : "RoleBinding",
      key: isOfCluster ? name : `${namespace}/${name}`,
      uid: object.metadata.uid ?? "",
      isChild: false,
    },
    id: ref,
    namespace: isOfCluster ? undefined : namespace,
    isDefault: isDefault(sighting),
    place: at("roleRef"),
  };
}
