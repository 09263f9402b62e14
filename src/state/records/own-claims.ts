/**
 * The volumes that a StatefulSet's controller adds to each pod for its claims: no template has them. They are known by the claim's name, which ends with
 * the pod's. Pure.
 */
interface Volume {
  readonly name?: string;
  readonly persistentVolumeClaim?: { readonly claimName?: string };
}

interface Mounting {
  readonly volumeMounts?: readonly { readonly name?: string }[];
}

interface Spec {
  readonly volumes?: readonly Volume[];
  readonly containers?: readonly Mounting[];
  readonly initContainers?: readonly Mounting[];
}

const isOwnClaim = ({ persistentVolumeClaim }: Volume, podName: string): boolean =>
  persistentVolumeClaim?.claimName?.endsWith(`-${podName}`) === true;

/** The spec of a pod of this name without them. */
export function withoutOwnClaims<S>(spec: S, podName: string): S {
  const { volumes } = (spec ?? {}) as Spec;
  if (volumes === undefined || !volumes.some((volume) => isOwnClaim(volume, podName))) return spec;
  const kept = volumes.filter((volume) => !isOwnClaim(volume, podName));
  const { volumes: _all, ...rest } = spec as S & Spec;
  return (kept.length === 0 ? rest : { ...rest, volumes: kept }) as S;
}

/** The spec of a template with one for each volume that it mounts and does not have, as for a pod of this name. */
export function withOwnClaims<S>(spec: S, podName: string): S {
  const { volumes = [], containers = [], initContainers = [] } = (spec ?? {}) as Spec;
  const known = new Set(volumes.map(({ name }) => name));
  const mounted = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) => volumeMounts);
  const missing = [...new Set(mounted.flatMap(({ name }) => (name === undefined || known.has(name) ? [] : [name])))];
  if (missing.length === 0) return spec;
  const claims = missing.map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-${podName}` } }));
  return { ...spec, volumes: [...claims, ...volumes] };
}
