/** The rules as data (`@mcp-logbook/redaction/rules`), for engines elsewhere that follow this one. */
export { hasEdge, RULES_VERSION, TOKEN_RULES, type TokenRule } from './rules.ts';
export { type Vector, vectorsOf } from './rules/vectors.ts';
export { KEY_WORDS } from './keys.ts';
export { allowedValue, explainReason } from './reasons.ts';
