/** The rules as data (`@mcp-logbook/redaction/rules`), for engines elsewhere that follow this one. */
export { RULES_VERSION, TOKEN_RULES, type TokenRule } from './rules.ts';
export { KEY_WORDS } from './keys.ts';
