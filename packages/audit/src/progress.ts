/** How far a walk over a log is: a verification, or the making of an index. */
export interface VerifyProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly leaves: number;
}
