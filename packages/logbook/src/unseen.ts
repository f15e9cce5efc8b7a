/**
 * MCP_LOGBOOK_WARN_UNSEEN=true: one line on stderr where a package of the official SDK was loaded and nothing in it was
 * recognised, which a future release could come to. Off by default: some programs load an SDK for its types alone.
 */
import { HOOK_GLOBAL } from '@mcp-logbook/instrumentation/hook';
import { warnOnce } from './diag.ts';
import { watchSources } from './sources.ts';

/** By then whatever a program loads at its start is loaded. */
const AFTER_MS = 5_000;

/** Folder of the package, up to the files that hold its Protocol class: one file of SDK 1, any of SDK 2. */
const SDK =
  /^(.*[\\/]@modelcontextprotocol[\\/](?:sdk(?=[\\/].*[\\/]?shared[\\/]protocol\.js$)|server(?=[\\/])|client(?=[\\/])))/;

/** Begins to look. */
export function warnUnseen(): void {
  /** By package, whether anything in it was recognised. */
  const packages = new Map<string, boolean>();
  const tell = (): void => {
    for (const [name, isSeen] of packages)
      if (!isSeen)
        warnOnce(
          `unseen:${name}`,
          `an MCP SDK was loaded from "${name}" and not recognised: its calls may be unrecorded; start the server by \`mcp-logbook wrap\`, and please report the version`,
        );
  };
  watchSources((url, source) => {
    const name = SDK.exec(url)?.[1];
    if (name === undefined) return;
    if (packages.size === 0) {
      setTimeout(tell, AFTER_MS).unref();
      process.once('exit', tell);
    }
    packages.set(name, packages.get(name) === true || source.includes(HOOK_GLOBAL));
  });
}
