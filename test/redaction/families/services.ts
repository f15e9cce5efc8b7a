/** AI, payments, messages, mail, shops, content and everything else with a recognisable token. */
import type { Random } from '../random.ts';
import { jwt } from './code.ts';
import { type Family, table } from './family.ts';

type Made = ReturnType<Family['make']>;

export const AI: readonly Family[] = table(`
  openai-legacy sk-{m20}T3BlbkFJ{m20}
  openai-project sk-proj-{w74}T3BlbkFJ{w74} sk-proj-{w58}T3BlbkFJ{w58}
  openai-service sk-svcacct-{w74}T3BlbkFJ{w74}
  openai-admin sk-admin-{w58}T3BlbkFJ{w58}
  anthropic-api sk-ant-api03-{w93}AA
  anthropic-admin sk-ant-admin01-{w93}AA
  anthropic-oauth sk-ant-oat01-{w93}AA
  anthropic-refresh sk-ant-ort01-{w93}AA
  anthropic-session sk-ant-sid01-{w93}AA
  groq gsk_{m20}WGdyb3FY{m24}
  huggingface hf_{L34}
  huggingface-org api_org_{L34}
  replicate r8_{m37}
  perplexity pplx-{m48}
  xai xai-{m80}
  openrouter sk-or-v1-{x64}
  deepseek sk-{x32}
  langsmith-personal lsv2_pt_{x32}_{x10}
  langsmith-service lsv2_sk_{x32}_{x10}
  langfuse-secret sk-lf-{uuid}
  cerebras csk-{l48}
  fireworks fw_{m22} fw_{m24}
  nvidia nvapi-{w64}
  tavily tvly-{m32} tvly-dev-{m32} tvly-prod-{m32}
  firecrawl fc-{x32}
  jina jina_{x32}{w28}
  voyage pa-{w43}
  voyage-atlas al-{w43}
  together tgp_v1_{w43}
  wandb-v1 wandb_v1_{m77}
  e2b e2b_{x40}
  llama-cloud llx-{m48}
  brave-search BSA{w28}
  anyscale esecret_{l26}
  modal as-{m22} ak-{m22}
  elevenlabs sk_{x48}
  heygen sk_V2_hgu_{m40}
  lambda-labs secret_{l24}_{x32}.{m32}
  runpod rpa_{U40}{l6}
  novita sk_{w43}
  friendli flp_{m46}
  apify apify_api_{m36}
  browserbase bb_live_{w27}
  scale-ai live_{x32} test_{x32}
  helicone sk-helicone-{l7}-{l7}-{l7}-{l7}
  mem0 m0-{m40}
  zep z_1dWlkIjoi{m100}
  digitalocean-inference sk-do-{w64}
  cursor-key key_{x64} crsr_{x64}
`);

export const PAYMENT: readonly Family[] = table(`
  stripe-secret-live sk_live_{m24} sk_live_51{m97}
  stripe-secret-test sk_test_{m24} sk_test_51{m97}
  stripe-restricted rk_live_{m24} rk_live_51{m97} rk_test_51{m97}
  stripe-webhook whsec_{m32}
  stripe-client-secret pi_3{m23}_secret_{m25}
  stripe-setup-secret seti_1{m23}_secret_{m30}
  square-access EAAA{w60} sq0atp-{w22}
  square-secret sq0csp-{w43}
  paypal-braintree-access access_token$production$\{l16}$\{x32} access_token$sandbox$\{l16}$\{x32}
  plaid-access access-production-{uuid} access-sandbox-{uuid} access-development-{uuid}
  paystack-secret sk_live_{x40} sk_test_{x40}
  flutterwave-secret FLWSECK-{x32}-X FLWSECK_TEST-{x32}-X
  flutterwave-encryption FLWSECK_TEST{x12}
  razorpay rzp_live_{m14} rzp_test_{m14}
  adyen AQE{s80}
  mollie live_{m30} test_{m30}
  mollie-access access_{m40}
  gocardless live_{w40} sandbox_{w40}
  checkout-com sk_{a3}{l23} sk_sbx_{l26}
  lob live_{x35} test_{x35}
  shippo shippo_live_{x40} shippo_test_{x40}
  easypost EZAK{m54} EZTK{m54}
  duffel duffel_live_{w43} duffel_test_{w43}
  paddle pdl_live_apikey_{l26}_{m22}_{m3} pdl_sdbx_apikey_{l26}_{m22}_{m3}
  paddle-webhook pdl_ntfset_{l26}_{s32}
  polar polar_oat_{m43} polar_pat_{m43}
  klarna klarna_live_api_{w120} klarna_test_api_{w120}
  xendit xnd_production_{m48} xnd_development_{m48}
  midtrans SB-Mid-server-{w24} Mid-server-{w24}
  mercadopago APP_USR-{d16}-{d6}-{x32}-{d9}
  pagarme ak_live_{m30}
  asaas $aact_prod_{w160}
`);

export const MESSAGING: readonly Family[] = [
  ...table(`
  slack-bot xoxb-{d12}-{d13}-{m24}
  slack-user xoxp-{d12}-{d12}-{d13}-{x32}
  slack-app xapp-1-A{U10}-{d13}-{x64}
  slack-config xoxe.xoxp-1-{s163} xoxe.xoxb-1-{s163}
  slack-config-refresh xoxe-1-{m146}
  slack-client xoxc-{d12}-{d12}-{d13}-{x64}
  slack-cookie xoxd-{m120}%2B{m40}%3D
  slack-legacy xoxs-{d12}-{d12}-{d12}-{x32} xoxa-2-{d12}-{d12}-{d12}-{x32}
  slack-workspace xoxr-{d12}-{d12}-{d12}-{x32}
  slack-webhook https://hooks.slack.com/services/T{U10}/B{U10}/^{m24}
  slack-workflow https://hooks.slack.com/triggers/T{U10}/{d13}/^{x32}
  discord-webhook https://discord.com/api/webhooks/{d19}/^{w68}
  discord-bot MTI{m21}.G{m5}.{w38} Nz{m24}.{w6}.{w38}
  teams-webhook https://{a8}.webhook.office.com/webhookb2/^{uuid}@{uuid}/IncomingWebhook/{x32}/{uuid}
  google-chat-webhook https://chat.googleapis.com/v1/spaces/{m11}/messages?key=^{m39}&token={w43}
  telegram-bot {n10}:^AA{w33}
  twilio-api-key SK{x32}
  whatsapp-graph EAA{m160}
  facebook-page EAA{m9}BA{m160}
  signalwire PT{x48}
  telnyx KEY{X32}_{m22}
  pubnub-secret sec-c-{m48}
  ably {m6}.{m6}:{w43}
  onesignal os_v2_app_{b104} os_v2_org_{b104}
  courier pk_prod_{U28}
  webex-bot {m64}_{m4}_{uuid}
  zapier-webhook https://hooks.zapier.com/hooks/catch/{n7}/{l7}
  ifttt-webhook https://maker.ifttt.com/trigger/{a8}/with/key/{w43}
  make-webhook https://hook.eu1.make.com/{l32}
  sendgrid SG.{w22}.{w43}
  mailgun-private key-{x32}
  mailgun-new {x32}-{x8}-{x8}
  mailchimp {x32}-us{n1}
  mandrill md-{w22}
  brevo-api xkeysib-{x64}-{m16}
  brevo-smtp xsmtpsib-{x64}-{m16}
  resend re_{m8}_{m24}
  mailersend mlsn.{x64}
  `),
];

export const BUSINESS: readonly Family[] = [
  ...table(`
  shopify-access shpat_{x32}
  shopify-custom shpca_{x32}
  shopify-private shppa_{x32}
  shopify-shared shpss_{x32}
  shopify-user-to-server shpua_{x32} shptka_{x32}
  shopify-partner prtapi_{x32} atkn_{x32}
  shopify-storefront-private shpsa_{x32}
  airtable-pat pat{m14}.{x64}
  notion-legacy secret_{m43}
  notion ntn_{d11}{m35}
  asana-pat 1/{d16}:^{x32} 2/{d16}/{d16}:^{x32}
  figma-pat figd_{w40}
  figma-oauth-refresh figor_{w40}
  clickup pk_{n8}_{U32}
  hubspot-pat pat-na1-{uuid} pat-eu1-{uuid}
  salesforce-session 00D{m12}!AQ{m90}
  salesforce-refresh 5Aep861{m80}
  intercom dG9rO{s54}=
  typeform tfp_{w44}_{m14}
  cal-com cal_live_{x32} cal_{x32}
  dropbox sl.{w130-150} sl.u.{w130}
  adobe-secret p8e-{w32}
  contentful-pat CFPAT-{w43}
  sanity-token sk{m178}
  ghost-admin {x24}:^{x64}
  mapbox-secret sk.eyJ1Ijoi{m60}.{w22}
  mapbox-temporary tk.eyJ1Ijoi{m60}.{w22}
  maxmind {m6}_{m29}_mmk
  esri-arcgis AAPK{w80} AAPT{w120}
  clerk-secret sk_live_{m40} sk_test_{m40}
  workos sk_live_{m60} sk_test_{m60}
  stytch-secret secret-live-{w36}= secret-test-{w36}=
  svix-auth testsk_{m32}.us sk_{m32}.eu
  permit-io permit_key_{m80}
  segment-public-api sgp_{m64}
  klaviyo-private pk_{x34} pk_{m6}_{x34}
  beamer b_{s43}=
  frameio fio-u-{w64}
  intra42 s-s4t2ud-{x64} s-s4t2af-{x64}
  twitter-bearer AAAAAAAAAAAAAAAAAAAAA{m80-100}
  linkedin-secret WPL_AP1.{m16}.{s8}==
  instagram IGQ{w140}
  pinterest pina_{U64}{m30}
  hcaptcha-secret ES_{x32}
  alchemy alcht_{m30}
  quicknode QN_{x32}
  tatum t-{x24}-{x24}
  bitcoin-xprv xprv9{c106}
  nostr-secret nsec1{q58}
  ngrok-agent 2{m26}_{n1}{m20}
  zuplo zpka_{x32}_{x8}
  retool retool_{l26} retool_01{l24}
  tinybird p.eyJ1Ijog{w80}.{w43}
  trello ATTA{x64}
  hex-app hxtp_{x64}
  windsurf sk-ws-01-{w60}
  raycast rca_{x32}
  pagerduty u+{w18}
  rootly rootly_{x64}
  firehydrant fhb-{x32}
  coralogix-key cxtp_{m30} cxup_{m30}
  `),
  { id: 'jwt', make: (random): Made => signed(random) },
  {
    id: 'supabase-service-role',
    make: (random): Made =>
      signed(random, { iss: 'supabase', ref: random.fill('{a20}'), role: 'service_role' }),
  },
  {
    id: 'jwe-compact',
    make: (random): Made => {
      const header = Buffer.from('{"alg":"RSA-OAEP-256","enc":"A256GCM"}').toString('base64url');
      return {
        text: `${header}.${random.fill('{w342}.{w16}.{w200}.{w22}')}`,
        publicLength: header.length,
      };
    },
  },
];

function signed(random: Random, payload?: object): Made {
  const text = jwt(random, payload);
  return { text, publicLength: text.indexOf('.') + 1 };
}
