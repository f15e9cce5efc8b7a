/** Group `context`: an opaque value beside the name of a provider or a word for a secret, without a name of its own. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

const PROVIDERS = (
  'Stripe|OpenAI|Twilio|Datadog|SendGrid|Mailgun|Cloudflare|DigitalOcean|Heroku|Algolia|Auth0|Okta|Slack|GitHub|GitLab|Bitbucket|' +
  'Jira|Confluence|Zendesk|Intercom|HubSpot|Salesforce|Shopify|PayPal|Square|Plaid|Coinbase|Binance|Kraken|Alchemy|Infura|Mapbox|' +
  'Google Maps|Firebase|Supabase|MongoDB Atlas|Snowflake|Databricks|New Relic|Sentry|PagerDuty|Opsgenie|Splunk|Elastic|Grafana|' +
  'Vault|Consul|Azure|AWS|GCP|Linode|Vultr|Hetzner|Fastly|Akamai|Netlify|Vercel|CircleCI|Travis CI|Jenkins|SonarQube|Snyk|' +
  'Docker Hub|npm|PyPI|Cohere|Mistral|Deepgram|ElevenLabs|Pinecone|Weaviate|Redis Cloud|Confluent|RabbitMQ|Mixpanel|Amplitude|Segment'
).split('|');

const OPAQUE = [
  '{m32}',
  '{m40}',
  '{x32}',
  '{x40}',
  '{l36}',
  '{w43}',
  '{m24}',
  '{uuid}',
  '{s40}',
  '{x64}',
];

/** Sentences: P a provider, S the value. */
const SENTENCES: readonly string[] = [
  'Use this key for P: S',
  'The P key is S and works from today.',
  'P API key S',
  'P token → S',
  'Here is the token for P: `S`',
  'my P secret is "S"',
  'P credentials: S',
  'export P credentials first, then paste S as the key',
  'Authenticate to P with S.',
  'log in to P using S as the API key',
  'The secret (S) belongs to P.',
  '// P key\nconst k = "S";',
  '# P api token\nS\n',
  'P_client = P.Client("S")  # api key',
  'curl https://api.P.example/v1 -H "x: S" # P api key',
  'New P access key created:\nS\nStore it safely.',
  '| P | API key | S |',
  'Your new API token: S',
  'Your API key is: S',
  'Your temporary password is S, please change it.',
  'Here is your secret key - S',
  'Copy your personal access token now: S',
  'token generated successfully\nS\n',
  'signing secret S was rotated',
  'Login with ana / S (password)',
  'user: ana, pass: S',
  'pw S',
  'Token value: S',
  'The passphrase for the backup: S',
  'Bearer S',
  'bot token S added to P',
  'webhook secret for P is S',
  'client secret of the P app: S',
  'P: key=S',
  'P(apiKey S)',
  'access key S for P expires tomorrow',
  'I set the P API key to S yesterday',
  'Please rotate S, it is our P token',
  'P personal access token (read only): S',
  'Token for P below\n\n    S\n\nthanks',
  'P → Settings → API keys → S',
  'P: token S, region eu',
  'the P webhook uses the secret S',
  'paste S into the "API key" field of P',
  '- P secret key: S\n- other: none',
  '1. Open P\n2. Use the key S\n3. Done',
  'P key (prod): S / P key (test): none',
  'service=P key=S',
  'provider: P\ncredential: S',
  '{provider: P, api key: S}',
  'We leaked a P token in the log: S',
  'set -gx P_TOKEN S',
  'wifi password is S',
  'db pass = S',
  'root password -> S',
  'the secret to decrypt it is S',
];

/** Values beside a provider as data. */
const DATA: readonly ((provider: string, secret: string) => unknown)[] = [
  (provider, secret) => ({ provider, key: secret, region: 'eu-north' }),
  (provider, secret) => ({ service: provider, auth: secret, region: 'eu-north' }),
  (provider, secret) => ({
    integration: provider.toLowerCase(),
    config: { key: secret, region: 'eu-north' },
  }),
  (provider, secret) => ({
    [provider.toLowerCase().replace(/ /g, '_')]: { key: secret, region: 'eu-north' },
  }),
  (provider, secret) => ({
    [`${provider.toLowerCase().replace(/ /g, '_')}_key`]: secret,
    region: 'eu-north',
  }),
  (provider, secret) => ({
    [`${provider.toUpperCase().replace(/ /g, '_')}_AUTH`]: secret,
    region: 'eu-north',
  }),
  (provider, secret) => ({ type: 'api_key', provider, value: secret, region: 'eu-north' }),
  (provider, secret) => ({ kind: 'secret', id: provider, data: secret, region: 'eu-north' }),
  (_, secret) => ({ credentialType: 'token', content: secret, region: 'eu-north' }),
  (_, secret) => ({ message: 'API key created', result: secret, region: 'eu-north' }),
  (provider, secret) => ({ name: `${provider} API key`, value: secret, region: 'eu-north' }),
  (provider, secret) => ({ label: `${provider} token`, text: secret, region: 'eu-north' }),
  (provider, secret) => ({
    title: 'Secret',
    description: `for ${provider}`,
    content: secret,
    region: 'eu-north',
  }),
  (provider, secret) => [`${provider} key`, secret, 'eu-north'],
  (provider, secret) => ({ connector: provider, apiCredential: secret, region: 'eu-north' }),
  (provider, secret) => ({
    connection: { provider, identity: 'ana', auth: { key: secret } },
    region: 'eu-north',
  }),
];

export function context(seed: number): Draft[] {
  const drafts: Draft[] = [];
  const random = new Random(seed, 'context');
  const fill = (): string => random.fill(random.pick(OPAQUE));
  for (const sentence of SENTENCES) {
    for (let i = 0; i < 4; i++) {
      const provider = random.pick(PROVIDERS);
      // A UUID or a bare digest is only a secret when the word for it stands right beside.
      const isNear =
        /(key|token|secret|password|pass|pw|bearer|credentials)\W{0,6}S|S as the/i.test(sentence);
      let secret = fill();
      while (!isNear && /^[\da-f-]+$/.test(secret)) secret = fill();
      const word = random.words(2);
      const text = `${word}. ${sentence.replace(/\bP\b/g, () => provider).replace(/\bS\b/g, () => secret)}`;
      drafts.push({
        kind: `sentence ${sentence.slice(0, 30)}`,
        value: i % 2 === 0 ? text : { content: [{ type: 'text', text }] },
        secrets: [secret],
        keep: [word],
      });
    }
  }
  for (const [i, build] of DATA.entries()) {
    for (let j = 0; j < 4; j++) {
      let secret = fill();
      while (/^[\da-f-]+$/.test(secret)) secret = fill();
      drafts.push({
        kind: `data ${i}`,
        value: build(random.pick(PROVIDERS), secret),
        secrets: [secret],
        keep: ['eu-north'],
      });
    }
  }
  return drafts;
}
