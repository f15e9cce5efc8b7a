/** `npm run demo`: tells the story on stdout; the exit code says whether every step of it held. */
import { runDemo } from './index.ts';

runDemo({ keep: process.argv.includes('--keep') }).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`demo: error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 3;
  },
);
