/** Tells a Pod Security level that exceptions moved, up or down, from one that somebody lowered. */
import { enforcedLevel, isOnlyLevel, type PodSecurityLevel } from "../pod-security.ts";
import type { NamespaceRecord } from "../records.ts";
import type { World } from "../world.ts";

export class ExceptionLevels {
  /** Uid of a namespace, to the level that it was last given. */
  readonly #given = new Map<string, PodSecurityLevel>();

  /** The labels were written. */
  give(uid: string, level: PodSecurityLevel): void {
    this.#given.set(uid, level);
  }

  /** Another replica writes them from now on. */
  forget(uid: string): void {
    this.#given.delete(uid);
  }

  /**
   * Whether the labels called `names` are off because exceptions began or ended, and for no other reason. After a restart a lower level
   * is theirs where one that has ended needed it.
   */
  moved(
    namespace: string,
    { uid, podSecurity }: NamespaceRecord,
    names: readonly string[],
    { exceptions }: World,
  ): boolean {
    const found = enforcedLevel(podSecurity);
    const former = this.#given.get(uid) ?? exceptions.formerPodSecurityLevel(namespace);
    return isOnlyLevel(names) && (found === "restricted" || found === former);
  }
}
