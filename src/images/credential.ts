/** One credential. Its secrets are private fields, so logs, errors, JSON and `inspect` never show them. */
export class Credential {
  readonly #basic: string | undefined;
  readonly #refreshToken: string | undefined;

  private constructor(basic: string | undefined, refreshToken: string | undefined) {
    this.#basic = basic;
    this.#refreshToken = refreshToken;
  }

  static password(username: string, password: string): Credential {
    return new Credential(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`, undefined);
  }

  /** An OAuth2 refresh token, which `docker login` calls an identity token; only the token endpoint accepts it. */
  static identityToken(token: string): Credential {
    return new Credential(undefined, token);
  }

  /** The `Authorization` header; undefined for an identity token. */
  get basic(): string | undefined {
    return this.#basic;
  }

  get refreshToken(): string | undefined {
    return this.#refreshToken;
  }
}
