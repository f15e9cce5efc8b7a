/** All that is needed once MCP is recognised, and is not loaded before: other programs wait for none of it. */
export { noteOAuthError, watchHttp, watchRequest } from '../http/watch.ts';
export { whenHeardOnStdio } from '../seam/delivered.ts';
export { noteStdioEntry, watchStdioEntry } from '../seam/edge.ts';
export { watchProbe } from '../seam/probe.ts';
export { patchProtocol } from '../seam/protocol.ts';
export { adoptMcpServer } from '../seam/registry.ts';
export { noteFailed, noteHandler, watchToolHandlers } from '../seam/thrown.ts';
export { takePost, takeStream } from '../tap/http.ts';
export { StdioTap } from '../tap/stdio.ts';
export { tellMainThread } from '../tap/threads.ts';
