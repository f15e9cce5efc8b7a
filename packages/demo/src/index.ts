/** The demo, for `npm run demo` and `mcp-logbook demo`. */
export { runDemo, type DemoOptions } from './story.ts';
