/**
 * What the story tells its driver to do, and what the driver reports back. Sent over the IPC channel of a forked
 * child and never in arguments or environment, where a list of processes would show the secrets.
 */

/** A person with an account at the demo's own servers. The token is made anew for each run. */
export interface Shopper {
  readonly name: string;
  readonly token: string;
  /** OAuth client that the token was given to; default `demo-app`. */
  readonly clientId?: string;
  /** What the token allows; default: what the server asks for. */
  readonly scopes?: readonly string[];
}

/** The secrets that one call carries. Made anew for each run. */
export interface Secrets {
  readonly password: string;
  readonly token: string;
  readonly card: string;
}

/** What the driver is to do. */
export interface Plan {
  readonly registerFile: string;
  readonly everything: string;
  readonly filesystem: string;
  /** Folder the file server may work in. */
  readonly work: string;
  /** A file outside of `work`: reading it must be denied. */
  readonly forbidden: string;
  readonly shopUrl: string;
  readonly shoppers: readonly Shopper[];
  readonly wrongToken: string;
  readonly secrets: Secrets;
  /** Environment of the started servers: where to send telemetry and where the logbook is. */
  readonly env: Readonly<Record<string, string>>;
}

/** What happened, as the client saw it. */
export interface Report {
  /** Requests sent, by method; `initialize` included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that servers sent to us, by method. */
  readonly asked: Readonly<Record<string, number>>;
  /** Text of the answer that the failing call got. */
  readonly failure: string;
  /** Text of the answer to the denied path. */
  readonly denied: string;
  /** HTTP status that the wrong token got. */
  readonly refusedStatus: number;
  /** Whether the server answered the call with the secrets with the secrets themselves, untouched. */
  readonly secretsEchoed: boolean;
  /** All that the servers wrote on stderr. */
  readonly stderr: string;
}

/** What the shop is told at its start. */
export interface ShopPlan {
  readonly shoppers: readonly Shopper[];
}

/** Adds one to a count. */
export function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
