/** One credential. What is secret in it is in private fields, so that no log, error, JSON or `inspect` can show it. */
export class Credential {
  readonly #basic: string | undefined;
  readonly #identityToken: string | undefined;

  private constructor(basic: string | undefined, identityToken: string | undefined) {
    this.#basic = basic;
    this.#identityToken = identityToken;
  }

  static password(username: string, password: string): Credential {
    return new Credential(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`, undefined);
  }

  /** An OAuth2 refresh token, which `docker login` calls an identity token: it is good at the token endpoint alone. */
  static identityToken(token: string): Credential {
    return new Credential(undefined, token);
  }

  /** The `Authorization` header; undefined for an identity token. */
  get basic(): string | undefined {
    return this.#basic;
  }

  get refreshToken(): string | undefined {
    return this.#identityToken;
  }
}
