/** What happens on HTTP around MCP, for a proxy of ours: `mcp-logbook wrap --http-listen`. */
export { watchHttp } from './watch.ts';
