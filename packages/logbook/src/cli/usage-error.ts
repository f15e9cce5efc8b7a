/** The error of wrong usage, by itself: `wrap` must not wait for the rest of what commands share. */

/** Wrong usage or bad input: exit code 2. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
