/**
 * `mcp-logbook <command>`: a table of commands, one file each. stdout holds results only; notes, errors and hints go to
 * stderr. Exit codes: 0 done and good, 1 the check failed, 2 wrong usage or bad input, 3 could not read or reach.
 */
import { readFileSync } from 'node:fs';
import { inPackage } from '../in-package.ts';
import { UsageError } from './usage-error.ts';

type Command = (args: readonly string[]) => number | Promise<number>;

/** Loaded when it is asked for: all of them together are 450 modules, most of them for `serve` alone. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['anchor', async (): Promise<Command> => (await import('./anchor.ts')).anchor],
  ['check', async (): Promise<Command> => (await import('./check.ts')).check],
  ['demo', async (): Promise<Command> => (await import('./demo.ts')).demo],
  ['doctor', async (): Promise<Command> => (await import('./doctor.ts')).doctor],
  ['erase', async (): Promise<Command> => (await import('./erase.ts')).erase],
  ['export', async (): Promise<Command> => (await import('./export.ts')).exportEntries],
  ['hold', async (): Promise<Command> => (await import('./erase.ts')).hold],
  ['init', async (): Promise<Command> => (await import('./init.ts')).init],
  ['keys', async (): Promise<Command> => (await import('./keys.ts')).keys],
  ['prove', async (): Promise<Command> => (await import('./prove.ts')).prove],
  ['query', async (): Promise<Command> => (await import('./query.ts')).query],
  ['redact', async (): Promise<Command> => (await import('./redact.ts')).redact],
  ['report', async (): Promise<Command> => (await import('./report.ts')).report],
  ['retain', async (): Promise<Command> => (await import('./retain.ts')).retain],
  ['serve', async (): Promise<Command> => (await import('./serve.ts')).serve],
  ['ship', async (): Promise<Command> => (await import('./ship.ts')).ship],
  ['tail', async (): Promise<Command> => (await import('./tail.ts')).tail],
  ['verify', async (): Promise<Command> => (await import('./verify.ts')).verify],
  ['wrap', async (): Promise<Command> => (await import('./wrap.ts')).wrap],
]);

const HELP = `mcp-logbook <command> [--dir D] [--json]

  init     claude|claude-code|vscode|cursor|windsurf: how each stdio server in the host's configuration
           comes under the flag; --write does it, after a backup, --undo takes it back. --server NAME
           one of them, --file PATH another file, --wrap by wrap also where Node.js runs the server
  doctor   [-- COMMAND ...]: what is wrong with this set-up, likeliest first, each with its remedy; starts
           the command for a handshake under the flag and says what of it is recorded, or why nothing
           (--timeout 60 seconds for each answer). Code 1: something is wrong
  demo     a real MCP server under the flag, recorded, verified, one changed byte found
  query    entries, newest first: --user --tool --kind --outcome --server --session --trace
           --since --until (RFC 3339 or 15m, 24h, 7d) --limit --text. Code 3: a log is damaged
  tail     follows all logs; filters as query
  report   calls, errors, denials, durations and redactions by server, tool and user:
           --since (7d) --until; --html FILE writes one page for a browser instead
  ship     sends the logs (or LOG...) to a collector's audit port or a sink: --to URL --once
           --from SEQ (fills a gap) --token-file F --recipient KEY-OR-FILE; else MCP_LOGBOOK_AUDIT_*
  verify   checks every log under the root, or LOG...: --key VKEY --deep --index
           --anchors FILE-OR-URL: checkpoints kept elsewhere (a file, a sink, a Loki; --token-file F)
  prove    ID [LOG...] [--disclose] > entry.tlog-proof: one entry, for an outsider
  check    entry.tlog-proof --key VKEY [--witness VKEY]: whether such a proof is true, without the log
  anchor   gives the newest checkpoint of every log, or LOG..., to others to keep: --copy FILE
           --witness URL --witness-key VKEY (C2SP) --timestamp URL (RFC 3161); run it every hour

  export   entries for an auditor, a SIEM or a person, newest first: --format jsonl|csv|ocsf, filters
           as query, without its limit of 100; to stdout, or --output FILE (0600; --force replaces).
           Payloads stay sealed unless --payload. Each log it reads from gets an entry of it first
           [--reason R]; a running server does that on request. Code 3: not complete
  erase    --user U [--reason R]: what was sealed for a person in any log can never be read again;
           entries, proofs and everyone else's payloads stay. U: "iss|sub", or a name that fits one
           person only. Goes on where it was interrupted; a running server does it on request.
           --certificate F keeps the proof of it (mcp-logbook check F --key VKEY).
           --sink URL --token-file F: in the central log of a running sink, by its admin endpoint;
           --tls-ca, --tls-cert, --tls-key as it asks for. --loki URL deletes the person's lines
           there and waits until they are hidden (--wait 600 seconds), --tempo URL says what is
           left there until when; --loki-token-file, --tempo-token-file. They know people as p_...:
           from the keys here or MCP_LOGBOOK_PSEUDONYM_KEY_FILE, or give --pseudonym P
           Code 1: nobody knows the user, or a hold denies it; 3: something is not done yet
  hold     set|lift --user U --authority A: a hold wins over erasure and expiry. --sink as erase
  retain   does what is due in every log, now: segments closed for 30 days are compressed and are
           read as before; with MCP_LOGBOOK_RETENTION (hipaa 6 years, soc2 and pci a year,
           gdpr-minimal 90 days, or days as 400d) payloads of months that are as old can be read
           by nobody any more, and their entries go once a whole segment is over (not in a central
           log); with MCP_LOGBOOK_AUDIT_ENDPOINT also MCP_LOGBOOK_SHIPPED_DAYS (14, or never) after
           they were shipped, and none before. What stays verifies as before. A hold stops it.
           --dry-run says what would go; a running server does it daily by itself. --sink as erase.
           Code 3: a log is not done, e.g. its archive folder cannot be written to
  keys     show: verifier keys, masters, what is wrong with them; no secret. Code 3: something is
           rotate [--signing|--master] [--reason R]: a new signing key for every log (old and new
           vouch for each other, either verifies), and a new master (older copies of keyrings open
           nothing any more); each is an entry. A running server does it on request
           rotate --root [--to-key-file F | --to-passphrase-file F | --to-key-command C]: a new root
           secret, by default in the same file, and new masters; no server may write meanwhile
           backup FILE: keyrings and signing keys, wrapped; worth nothing without keys/, which
           belongs in another place. restore FILE: puts back what is missing of them

  redact   stdin to stdout: what the redactor makes of a text or JSON. --explain names rule, place
           and reason of each replaced piece on stderr, never the piece; --rules FILE tries rules
           (else those of MCP_LOGBOOK_CONFIG are used), --tool NAME as if the tool were called;
           --hmac gives the value of an allow-list entry. docs/redaction.md shows what can be set.
           Code 2: a rule is wrong, nothing is printed; 1: a text was withheld as [REDACTION-ERROR]

  wrap     [--propagate] -- COMMAND ARGS...: runs a server of any language that speaks over stdio, and
           records it from outside. Bytes, signals, exit code and end pass through unchanged; with
           --propagate _meta.traceparent is written into requests. 127: no such command, 126: it
           cannot be executed, 2: wrong usage; else the code or signal is the command's own.
           --http-listen 127.0.0.1:8080 --http-target http://127.0.0.1:9000 [-- COMMAND ARGS...]: the same
           as a proxy in front of a Streamable HTTP server that the flag cannot reach (docs/wrap.md)

  serve    the sink, the central log behind a collector: --listen 127.0.0.1:4319 --token-file F
           --tls-cert F --tls-key F --client-ca F --anchors FILE-OR-URL (compared every hour); --health [URL] asks a running one,
           --recipient prints the key that payloads are sealed to. --admin-token-file F turns on
           POST /admin/erase, hold, lift and retain, with a token that opens nothing else

  --help, --version

To record a server: node --require mcp-logbook/register server.js
Alerts without Grafana: MCP_LOGBOOK_ALERT_URL and MCP_LOGBOOK_ALERT_RULES in its environment (docs/logbook.md)
`;

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  // Behind -- stand the arguments of another program.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined)
    throw new UsageError('no such command', 'mcp-logbook --help names them');
  return await (
    await command()
  )(args);
}

function version(): string {
  const text = readFileSync(inPackage('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function explain(error: unknown): number {
  const hint = (error as { hint?: unknown }).hint;
  const message = error instanceof Error ? error.message : 'unknown error';
  process.stderr.write(`mcp-logbook: error: ${message}\n`);
  if (typeof hint === 'string') process.stderr.write(`mcp-logbook: hint: ${hint}\n`);
  const usage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  return usage ? 2 : 3;
}

// `query | head`: nobody reads on, which is no reason for a stack trace. A command that listens itself decides.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.stdout.listenerCount('error') > 1) return;
  process.exit(
    error.code === 'EPIPE' ? 3 : explain(new Error(`cannot write stdout: ${error.code}`)),
  );
});

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = explain(error);
  },
);
