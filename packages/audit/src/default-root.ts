/**
 * Where logs are when nobody says: the user's state folder, since hosts start servers in unpredictable working folders.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$XDG_STATE_HOME/mcp-logbook` or its like on macOS and Windows (surface.md). */
export function defaultRoot(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = homedir();
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'mcp-logbook');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mcp-logbook');
  const state = environment['XDG_STATE_HOME'];
  return join(
    state === undefined || state === '' ? join(home, '.local', 'state') : state,
    'mcp-logbook',
  );
}
