/**
 * Secrets that are known by where they stand: schemes, URLs, key blocks, SQL and shell. RE2, each with a literal
 * beginning (`tokens.ts` says why). The engine's own are in `packages/redaction/src/scan.ts`.
 */

/** One pattern a shape. None matches what the engine leaves in place of a secret (`[REDACTED:...]`). */
export function shapePatterns(): string[] {
  const bearer = String.raw`(?:[A-Za-z._~+/=:%-]{0,40}[0-9][A-Za-z0-9._~+/=:%-]{7,}|[A-Za-z0-9._~+/=:%-]{24,})`;
  const basic = '(?:[A-Za-z+/]{0,64}[0-9][A-Za-z0-9+/]{5,}={0,2}|[A-Za-z+/]{6,}={1,2})';
  const sql = String.raw`(?:WITH \w{1,64} )?(?:BY )?(?:PASSWORD )?['"][^'"\n\[]{1,256}['"]`;
  return [
    `earer ${bearer}`,
    `EARER ${bearer}`,
    `asic ${basic}`,
    `ASIC ${basic}`,
    // `scheme://user:password@host`; the password may hold `@`.
    String.raw`://[^\s/?#:@"'<>]{0,256}:[^\s/?#@"'<>\[{$*%][^\s?#/"'<>]{0,256}@`,
    // Closed or not; single dashes belong to the block.
    String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE[A-Z0-9 ]{0,40}-----(?:[^\[-]|-[^-])(?:[^-]|-[^-])*`,
    String.raw`dentified by (?i:${sql})`,
    String.raw`DENTIFIED BY (?i:${sql})`,
    String.raw` -u ["']?[^\s:"']{1,64}:[^\s"'@\[{$*<%]{0,64}[0-9][^\s"'@]{0,128}`,
    String.raw`8Q~[A-Za-z0-9_~.-]{30,40}`,
  ];
}
