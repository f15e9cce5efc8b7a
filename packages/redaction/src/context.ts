/**
 * The opaque value beside a word: `Use this key for Datadog: x`, `paste x into the "API key" field`.
 *
 * Around a word that speaks of a secret, runs of 16 or more opaque characters are judged: by how improbable their
 * neighbouring characters are, by what stands between them and the word (an id, a digest, a version take them away), and,
 * for what may be a hash or a UUID, by whether the word is near enough or a provider is named. Each text is looked at
 * once, however many words stand in it (I5).
 */
import { randomness } from './bigrams.ts';
import { charset, HEX, isIn, isMixed, runEnd, runStart, signBefore } from './charset.ts';
import { classifyKey } from './keys.ts';
import type { Found } from './personal.ts';
import { isHumped } from './program-text.ts';

const AHEAD = 88;
const BEHIND = 64;
const MIN_LENGTH = 16;
const MAX_LENGTH = 512;
const OPAQUE = charset('A-Za-z0-9+/_=-');
/** Of prose and names: generated values lie above. Short ones need more to be sure. */
const LEAST_BITS = 5.7;
const LEAST_BITS_SHORT = 6;

const HASH =
  /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;
/** Words that take the value to themselves. */
const TAKEN =
  /\b(?:ids?|hash(?:es)?|sha-?\d*|digest|checksum|commit|fingerprint|etag|md5|revision|rev|cursor|uuid|guid|trace|span|request|build|image|version|public|thumbprint|serial|arn|file|path|url|blob|tree|parent|integrity|shasum|x509|certificate|cert|account|user|page|progress|next|object|record|order|session id|correlation|address)\b/i;
/** What a key is for takes nothing: `token for the build: x`. */
const FOR_WHAT =
  /^ (?:for|of|to|on) (?:the |our |my |your |this )?(?:[\w-]{1,20} ){0,2}(?:build|image|account|user|request|page|order|object|file)s?(?=\s?[:(]| is\b| was\b)/i;
/** The name of what the value is, and it is no secret. */
const OTHER_NAME =
  /(?:^|[^a-z])(?:\w{0,24}[_-])?(?:ids?|uuid|hash|sha\d*|digest|etag|commit|rev|cursor|trace|span|ref|request|version|url|path|name)\\?["'`]?\s?[:=]\s?\\?["'`]?$|(?:pub(?:lic)?[_ -]?key\\?["'`]?\s{0,4}[:=]\s{0,4}|objectid\(|uuid\()\\?["'`]?$/i;
/** Near enough for a value that may be a hash. */
const PLAIN_GAP =
  /^[^A-Za-z0-9]{0,12}(?:(?:is|was|to|for|value|now|with|as|the|of|below|this|that|it|here|decrypt|app|api|\w{1,16})[^A-Za-z0-9]{1,6}){0,4}$/i;
/** `the key we share with them is x`. */
const TOLD = /^ (?:[\w'-]{1,16} ){0,7}(?:is|was):? ["'`]?$/i;
/** Whose keys people speak of. */
export const PROVIDERS: RegExp =
  /\b(?:datadog|twilio|mailgun|algolia|cloudflare|heroku|netlify|azure|aws|amazon|google|gcp|github|gitlab|bitbucket|okta|auth0|jira|atlassian|confluence|slack|discord|telegram|stripe|paypal|square|shopify|sendgrid|mailchimp|postmark|sparkpost|new ?relic|sentry|grafana|splunk|elastic|pagerduty|opsgenie|circle ?ci|travis|jenkins|docker|npm|pypi|openai|anthropic|cohere|mistral|hugging ?face|replicate|pinecone|weaviate|supabase|firebase|vercel|fastly|akamai|digital ?ocean|linode|vultr|hetzner|mapbox|hubspot|salesforce|zendesk|intercom|asana|trello|notion|airtable|linear|figma|dropbox|box|zoom|contentful|segment|mixpanel|amplitude|rollbar|bugsnag|snyk|sonar\w*|artifactory|jfrog|terraform|vault|consul|kafka|confluent|rabbitmq|redis|mongo\w*|databricks|snowflake|coinbase|kraken|binance|eleven ?labs|deepgram|assemblyai|deepl|openweather\w*|rapidapi|shodan|virustotal|etherscan|infura|alchemy|plaid|klaviyo|pusher|ably|launchdarkly|statsig|posthog|buildkite|drone|codecov|honeycomb)\b/i;

/** What was looked at of the present text, so that no piece is looked at twice. */
let scanned = 0;
let runs: OpaqueRun[] = [];

interface OpaqueRun {
  readonly start: number;
  readonly end: number;
  readonly isHash: boolean;
}

/** Another text comes. */
export function forgetContext(): void {
  scanned = 0;
  if (runs.length > 0) runs = [];
}

/** The opaque values that the word at `start..end` speaks of. */
export function contextValues(text: string, start: number, end: number): Found[] | undefined {
  collect(text, Math.max(scanned, start - BEHIND), Math.min(text.length, end + AHEAD));
  if (runs.length === 0 || isByChance(text, start, end)) return undefined;
  if (NOT_SECRET.test(text.slice(Math.max(0, start - 24), start))) return undefined;
  const kind = classifyKey(
    text.slice(runStart(NAME, text, start, 40), runEnd(NAME, text, end, 40)),
  );
  if (kind === 'benign' || (kind === 'none' && !/^auth/i.test(text.slice(start, end))))
    return undefined;
  let found: Found[] | undefined;
  // Back to front: the last ones are the nearest.
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i] as OpaqueRun; // in range
    if (run.start < start - BEHIND) break;
    if (run.start > end + AHEAD) continue;
    const between = run.start >= end ? text.slice(end, run.start) : text.slice(run.end, start);
    if (
      (TAKEN.test(between) && TAKEN.test(between.replace(FOR_WHAT, ''))) ||
      OTHER_NAME.test(text.slice(Math.max(0, run.start - 40), run.start))
    )
      continue;
    if (run.isHash && !belongs(text, run, between)) continue;
    if (between.includes('\n') && isOfOther(text, run.start)) continue;
    (found ??= []).push({ start: run.start, end: run.end, rule: 'context-secret', isLoose: true });
  }
  return found;
}
/** True for a word inside an opaque value: base64 has one of three letters by chance. */
function isByChance(text: string, start: number, end: number): boolean {
  if (!isIn(ALNUM, text, start - 1) || !isIn(ALNUM, text, end)) return false;
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i] as OpaqueRun; // in range
    if (run.start < start && end < run.end) return true;
  }
  return false;
}

/** True behind the name of something harmless that begins a line: `secret_id_accessor   x`. */
function isOfOther(text: string, start: number): boolean {
  const name = LINE_NAME.exec(text.slice(Math.max(0, start - 96), start))?.[1];
  return name !== undefined && classifyKey(name) === 'benign';
}
const LINE_NAME = /(?:^|\n)[ \t]{0,16}([\w-]{2,40})[ \t]{0,40}[:=]?[ \t]{1,40}$/;
/** Words before `key` and `token` that make them harmless. */
const NOT_SECRET =
  /(?:public|primary|foreign|cache|sort|partition|hot|idempotency|object|unique|certificate|page|cursor|progress|next|index|routing|dedup|map|row|column|registry|host|known)[ _.-]?$/i;
const NAME = charset('A-Za-z0-9_-');
const ALNUM = charset('A-Za-z0-9');

/** True when a value that may be a hash stands right beside the word or a provider is named. */
function belongs(
  text: string,
  run: { readonly start: number; readonly end: number },
  between: string,
): boolean {
  const lead = text.slice(Math.max(0, run.start - 24), run.start);
  if (TAKEN.test(lead)) return false;
  return (
    (between.length < 48 && (PLAIN_GAP.test(between) || TOLD.test(between))) ||
    PROVIDERS.test(text.slice(Math.max(0, run.start - 96), run.end + 96))
  );
}

function collect(text: string, from: number, to: number): void {
  if (from >= to) return;
  let at = from;
  while (at < to) {
    // From the far end of the shortest run: most words are short.
    const far = at + MIN_LENGTH;
    const first = far > text.length ? far : runStart(OPAQUE, text, far, MIN_LENGTH);
    if (first > at) {
      at = first;
      continue;
    }
    const start = runStart(OPAQUE, text, at, MAX_LENGTH);
    const end = runEnd(OPAQUE, text, at, MAX_LENGTH);
    judge(text, start, end);
    at = end + 1;
  }
  scanned = Math.max(scanned, at);
}

function judge(text: string, from: number, to: number): void {
  let start = from;
  let end = to;
  while (end > start && '-_/'.includes(text[end - 1] ?? ' ')) end--;
  // `key=x`: the name belongs to the text.
  if (text.slice(start, end).includes('=')) {
    const equals = text.slice(start, end).search(/=(?=[^=])/);
    if (equals >= 0) start += equals + 1;
  }
  const first = start;
  while (start < end && '-/='.includes(text[start] ?? ' ')) start++;
  [start, end] = withParts(text, start, end);
  // Base64 may begin with a slash, and so does a path, which is made of words.
  if (
    start === first + 1 &&
    text[first] === '/' &&
    ' "\'`'.includes(signBefore(text, first) ?? 'x')
  ) {
    const segment = text.slice(start, Math.min(end, start + MIN_LENGTH));
    if (isMixed(segment) && !/^[a-z._-]{2,}\//.test(segment)) start = first;
  }
  if (end - start < MIN_LENGTH || end - start >= MAX_LENGTH || isWithin(text, start, end)) return;
  const value = text.slice(start, end);
  if (isIdentifierLike(value)) return;
  const isHash = HASH.test(value) || runEnd(HEX, value, 0, value.length) === value.length;
  if (runs.at(-1)?.start !== start) runs.push({ start, end, isHash });
}

/** `sk.x.y`: dots join what is random, and a short word before it. */
function withParts(text: string, start: number, end: number): readonly [number, number] {
  if (end - start < MIN_LENGTH || (text[end] !== '.' && text[start - 1] !== '.'))
    return [start, end];
  let [from, to] = [start, end];
  if (text[to] === '.') {
    const next = runEnd(OPAQUE, text, to + 1, MAX_LENGTH);
    if (next - to <= MIN_LENGTH || !isMixed(text.slice(to + 1, next))) return [start, end];
    to = next;
  }
  if (text[from - 1] === '.') {
    const word = runStart(LOWER, text, from - 1, 6);
    if (word < from - 2 && !isIn(JOINED, text, word - 1)) from = word;
  }
  return isMixed(text.slice(start, end)) ? [from, to] : [start, end];
}
const LOWER = charset('a-z');
const JOINED = charset('A-Za-z0-9_./@-');

/** True inside a URL, a path, a longer name, a digest that says what it is. */
function isWithin(text: string, start: number, end: number): boolean {
  const sign = signBefore(text, start) ?? ' ';
  if ('./@#%\\'.includes(sign) && !/\\[nrt]$/.test(text.slice(start - 2, start))) return true;
  if (text[end] === '.' && isIn(OPAQUE, text, end + 1)) return true;
  const lead = text.slice(Math.max(0, start - 96), start);
  return /(?:sha\d{1,3}|md5|\bh1)[-: ]{1,2}$|\barn:[\w:*-]*$/i.test(lead);
}

/** True for what people name things with. */
function isIdentifierLike(value: string): boolean {
  if (JOINT.test(value) ? isJoinedName(value) : isHumped(value)) return true;
  if (!/\d/.test(value) && !isMixed(`${value}0`)) return true;
  return randomness(value) < (value.length < 20 ? LEAST_BITS_SHORT : LEAST_BITS);
}
const JOINT = /[-_]/;

function isJoinedName(value: string): boolean {
  if (/^sha\d{1,3}-/i.test(value) || /^[a-z]+\d{0,3}[a-z]*(?:[-_][a-z]+)+$/i.test(value))
    return true;
  // A pod of a deployment: `web-6d4b75cb6d-hx7pq`.
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[a-z0-9]{5,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(value))
    return true;
  if (/^[A-Z]{2,}\d{0,3}(?:_[A-Z]{2,}\d{0,3})+$/.test(value)) return true;
  // The accessor of a mount: `cubbyhole_1a2b3c4d`.
  return /^[a-z]+(?:_[a-z]+)*_[0-9a-f]{8}$/.test(value);
}
