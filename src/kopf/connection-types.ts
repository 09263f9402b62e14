/** How to reach an API server. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Connection {
  /** `https://host:port`, without a trailing slash. */
  readonly server: string;
  /** The current TLS material. Returns the same object until a file changes, so that pools are kept. */
  tls(): TlsMaterial;
  /** The `Authorization` header, or undefined. `refresh`, set after a 401, reads the credentials again. */
  authorization(refresh?: boolean): Promise<string | undefined>;
  /** The namespace this process runs in, where known. */
  readonly namespace?: string;
  /** The user to act as, by the API server's impersonation. */
  readonly impersonatedUser?: string;
  /** An HTTP proxy in front of the API server, `http://host:port` or `https://host:port`. */
  readonly proxy?: string;
}
