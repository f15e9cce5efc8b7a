/** `demo`: the story of packages/demo where the repository has it; else how to get it. */
import { UsageError } from './usage.ts';

export async function demo(): Promise<number> {
  // Not a dependency: arrows point down only. The name is a value, so that nothing resolves it before it is asked for.
  const name: string = '@mcp-logbook/demo';
  let story: { readonly runDemo: (options?: object) => Promise<number> };
  try {
    story = (await import(name)) as typeof story;
  } catch {
    throw new UsageError(
      'the demo is not installed',
      'clone the repository and run npm ci && npm run demo',
    );
  }
  return await story.runDemo({});
}
