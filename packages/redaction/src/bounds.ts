/** Bounds of one call of the redactor. */
export interface Bounds {
  /** Longest string that is scanned; the rest is cut. */
  readonly maxString: number;
  /** Most characters scanned in one call. */
  readonly maxTotal: number;
  readonly maxDepth: number;
  readonly maxNodes: number;
}
