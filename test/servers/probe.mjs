/**
 * Preloaded in a run of its own: writes a line `{"url","format"}` to the file PROBE_FILE for each source that holds an SDK's
 * Protocol class, found with Node's own hooks and not with ours.
 */
import { appendFileSync } from 'node:fs';
import Module from 'node:module';

const MARK = '_requestHandlerAbortControllers';
const note = (url, format) =>
  appendFileSync(process.env['PROBE_FILE'], `${JSON.stringify({ url, format })}\n`);

Module.registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const { source, format } = loaded;
    if (source === null || source === undefined) return loaded;
    if (Buffer.from(source).includes(MARK)) note(url, format ?? 'none');
    return loaded;
  },
});
