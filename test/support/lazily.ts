/** A value that tests name before it is there: what it has is looked up when it is used. Throws what `get` throws while there is none. */
export const lazily = <T extends object>(get: () => T): T =>
  new Proxy({} as T, {
    get: (_target, property) => {
      const it = get();
      const value: unknown = Reflect.get(it, property);
      // A method asks for its own private fields.
      return typeof value === "function" ? value.bind(it) : value;
    },
  });
