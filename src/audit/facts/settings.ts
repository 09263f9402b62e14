/** Settings in ConfigMaps that decide whether a program asks for a login. Only that they are there is kept, never a text. Pure. */
import type { Place, Sighting } from "../place.ts";
import { record, scalar } from "../raw.ts";

/** What a setting says, by a name of the audit's own. Anybody may write a ConfigMap: no pattern takes longer for a text than it is long. */
const SETTINGS = {
  "argo-cd-anonymous": { key: /^users\.anonymous\.enabled$/, value: /^true$/ },
  "argo-cd-plain": { key: /^server\.insecure$/, value: /^true$/ },
  "grafana-anonymous": { key: /./, value: /\[auth\.anonymous\][^[]{0,4096}?^[ \t]*enabled[ \t]*=[ \t]*true/ms },
  "grafana-no-login-form": { key: /./, value: /\[auth\.proxy\][^[]{0,4096}?^[ \t]*enabled[ \t]*=[ \t]*true/ms },
  "redis-password": { key: /./, value: /^[ \t]*(requirepass|user[ \t]+default[ \t]+on[ \t]+>|aclfile)[ \t]+\S/m },
  "mongodb-login": { key: /./, value: /^[ \t]*authorization[ \t]*:[ \t]*"?enabled/m },
  "jupyter-open": { key: /./, value: /c\.(NotebookApp|ServerApp|IdentityProvider)\.token[ \t]*=[ \t]*(''|"")/ },
  "registry-login": { key: /./, value: /^auth:[ \t]*\n[ \t]+(htpasswd|token|silly)[ \t]*:/m },
  "elasticsearch-open": { key: /./, value: /^[ \t]*xpack\.security\.enabled[ \t]*:[ \t]*false/m },
  "argo-server-open": { key: /./, value: /auth-mode["']?[ \t]*[=:,][ \t]*["']?server/ },
  "kubelet-read-only-port": { key: /^kubelet/, value: /^[ \t]*readOnlyPort[ \t]*:[ \t]*[1-9]/m },
  "kubelet-anonymous": { key: /^kubelet/, value: /^[ \t]*anonymous[ \t]*:[ \t]*\n[ \t]+enabled[ \t]*:[ \t]*true/m },
  "kubelet-always-allow": { key: /^kubelet/, value: /^[ \t]*mode[ \t]*:[ \t]*"?AlwaysAllow/m },
} as const satisfies Readonly<Record<string, { readonly key: RegExp; readonly value: RegExp }>>;

export type Setting = keyof typeof SETTINGS;

const NAMES = Object.keys(SETTINGS) as readonly Setting[];

export class Settings {
  readonly #places = new Map<string, Place>();
  readonly #read = new Set<string>();

  add({ object, namespace, name, at }: Sighting): void {
    this.#read.add(`${namespace}/${name}`);
    for (const [key, raw] of Object.entries(record(object["data"]))) {
      const said = scalar(raw) ?? "";
      for (const setting of NAMES) {
        const { key: ofKey, value } = SETTINGS[setting];
        if (ofKey.test(key) && value.test(said)) this.#places.set(`${setting} ${namespace}/${name}`, at("data", key));
      }
    }
  }

  /** Where one of these ConfigMaps of a namespace says so. */
  find(setting: Setting, namespace: string, names: readonly string[]): Place | undefined {
    for (const name of names) {
      const place = this.#places.get(`${setting} ${namespace}/${name}`);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** Whether all of these ConfigMaps were read. */
  hasAll(namespace: string, names: readonly string[]): boolean {
    return names.every((name) => this.#read.has(`${namespace}/${name}`));
  }

  /** Everywhere that something says so. */
  everywhere(setting: Setting): readonly Place[] {
    return [...this.#places].filter(([key]) => key.startsWith(`${setting} `)).map(([, place]) => place);
  }
}
