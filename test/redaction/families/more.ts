/** The long tail: smaller issuers whose tokens carry a prefix. */
import { type Family, table } from './family.ts';

export const MORE: readonly Family[] = table(`
  docker-swarm-join SWMTKN-1-{l50}-{l25}
  docker-swarm-unlock SWMKEY-1-{s43}
  defined-networking dnkey-{w26}-{w52}
  ubidots BBFF-{m30} BBUS-{m30}
  voiceflow VF.DM.{x24}.{m16}
  zoho 1000.{x32}.{x32}
  canva cnvca{w48}
  gel edbt_{w60} nbwt1_{w60}
  ionic ion_{l42}
  open-vsx ovsxat_{uuid}
  onfido api_live.{w11}.{w32} api_sandbox.{w11}.{w32}
  rapidapi {l10}msh{l15}p1{l6}jsn{l12}
  samsara samsara_api_{m30}
  wakatime waka_{uuid} waka_sec_{m80} waka_tok_{m80}
  workato wrkaus-eyJhbGciOiJSUzI1NiJ9.{w120}.{w342}
  logicmonitor lmb_{s60}
  iterative isat_{m51}
  lichess lip_{m20} lio_{m32}
  jd-cloud JDC_{U28}
  chief-tools ctp_{m36} cto_{m36}
  aikido AIK_CI_{m64}
  tableau {s22}==:{m32}
  ramp ramp_sec_{m48}
  bannerbear bb_pr_{x30} bb_ma_{x30}
  metabase mb_{s43}=
  nightfall NF-{m32}
  kong-konnect kpat_{m45} spat_{m45}
  flagsmith ser.{m22}
  growthbook secret_admin_{m42} secret_user_{m42}
  inngest-signing signkey-prod-{x64} signkey-test-{x64}
  trigger-dev tr_prod_{m20} tr_dev_{m20} tr_pat_{m40}
  liveblocks sk_prod_{w64} sk_dev_{w64}
  tigris tsec_{w60}
  backblaze K00{n1}{m27}
  kit kit_{x32}
  socket sktsec_{m36}_api
  checkly cu_{x32}
  uptimerobot u{n7}-{x24} m{n9}-{x24}
  context7 ctx7sk-{uuid}
  cartesia sk_car_{m22}
  fal {uuid}:^{x32}
  luma luma-{uuid}-{uuid}
  runway key_{x128}
  predibase pb_{w22}
  upstage up_{m32}
  dbt dbtc_{w40} dbtu_{w40}
  rfc8959 secret-token:{w32}
  posthog-flags phs_{m43}
  supabase-pat-v2 sbp_v0_{x40}
  vercel-ai-gateway vck_{m56}
  vercel-refresh vcr_{m56}
  netlify-user nfu_{m36}
  google-service-oauth ya29.c.{w200}
  facebook-app {n1}{d15}|^{w27}
  aws-session-old FwoGZXIvYXdzE{s300}
  pypi-macaroon-long pypi-AgEIcHlwaS5vcmcC{w160}
  atlassian-admin ATCTT3xFfGN0{w170}={X8}
  nylas nyk_v0_{m64}
  portainer ptr_{s43}=
  scrapfly scp-live-{x32}
  sourcegraph-cody slk_{x64}
  tines-webhook https://{a8}.tines.com/webhook/^{x32}/{x32}
  adafruit-io aio_{m28}
  cashfree cfsk_ma_prod_{x32}_{x8} cfsk_ma_test_{x32}_{x8}
  ebay-cert PRD-{x12}-{x4}-{x4}-{x4}-{x4}
  clickhouse-cloud 4b1d{m38}
  settlemint sm_aat_{m16} sm_pat_{m16} sm_sat_{m16}
  fleetbase flb_live_{m20}
  endor-labs endr+{m16}
  teamwork tkn.v1_{m71}= twp_{m28}
  n8n n8n_api_{x40}
  hubspot-personal CiRuYTEt{s120} CiRldTEt{s120}
  freepik FPSX{x32}
  vk vk1.a.{w200}
  apim-repository git&{d12}&{s86}==
  dnsimple dnsimple_u_{m32} dnsimple_a_{m32}
  porkbun sk1_{x64} pk1_{x64}
  sumup sup_sk_{m32}
  revolut oa_sand_{w43} oa_prod_{w43}
  shopify-refresh shprt_{x32}
  paypal-access A21AA{w92}
  toss live_sk_{m32} test_gsk_{m32}
  blockfrost mainnet{m32} preprod{m32}
  nexus NpmToken.{uuid}
  contribsys BUNDLE_ENTERPRISE__CONTRIBSYS__COM={x8}:{x8}
  codesandbox csb_v1_{w43}
  veracode vera01es-{x64}
  lambdatest LT_{m48}
  deepsource dsp_{x40}
  newrelic-synthetics NRSP-us01{x31}
  pagerduty-oauth pdus+_0XBPWQQ_{uuid}
  mezmo sts_{x32}
  chroma ck-{m44}
  chutes cpk_{x32}.{m32}.{m32}
  kaggle KGAT_{x32}
  iron-session Fe26.2**{x64}*{w22}*{w64}*{d13}*{x64}*{w43}
  snowflake-session ETMsDgAAA{s160}
  square-other sq0cox-{w43} sq0iby-{w22}
  sk-lower sk-{l48} sk-{l32}
  baremetrics lk_{m22} sk_{m20}
  modal-proxy wk-{m22} ws-{m22}
  tencent-new IKID{m32}
`);
