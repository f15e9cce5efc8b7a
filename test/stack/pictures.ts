/**
 * Pictures of all dashboards from a real Grafana in a real browser, into docs/pictures/. Needs a running stack with
 * demo traffic (`npm run stack`) and Chromium.
 *
 *   node test/stack/pictures.ts --password-file FILE [--url http://127.0.0.1:3000] [--range 15m] [--out DIR] [--only UID]
 *
 * One PNG a dashboard, the whole page, dark, as wide as a large screen. Exit codes: 0 all taken; 1 a panel shows an
 * error or has no data though it should (named on stderr); 2 wrong usage; 3 no browser.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DASHBOARDS, type DashboardSpec } from '@mcp-logbook/grafana';
import { chromium, type Browser, type Page } from 'playwright-core';
import { withPalette } from '../harness/palette.ts';
import { MAX_PICTURE_BYTES, pictureOf, PICTURES } from '../harness/pictures.ts';

const WIDTH = 1_600;
/** A grid unit of Grafana with its gap, the heading of a row, what stands above the first row; pixels. */
const UNIT = 38;
const ABOVE = 150;
/** A graph of services is drawn larger than its panel: clicks on its own button. */
const ZOOM_OUT = 2;
/** Panels load one after another on a small machine. */
const LOAD_MS = 90_000;
const PANELS = '[data-testid^="data-testid Panel header"]';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    'password-file': { type: 'string' },
    range: { type: 'string', default: '15m' },
    out: { type: 'string', default: PICTURES },
    only: { type: 'string' },
  },
});
const browserPath = [process.env['CHROMIUM_BIN'], '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Height of the page: the rows' headings and the tallest panels side by side, as the grid stacks them. */
function heightOf(dashboard: DashboardSpec): number {
  let units = 0;
  for (const row of dashboard.rows) {
    units += 1;
    let used = 0;
    let tallest = 0;
    for (const panel of row.panels) {
      if (used + panel.width > 24) {
        units += tallest;
        used = 0;
        tallest = 0;
      }
      used += panel.width;
      tallest = Math.max(tallest, panel.height);
    }
    units += tallest;
  }
  return ABOVE + units * UNIT;
}

/** Panels that say something went wrong, or that there is nothing. */
async function complaints(page: Page, dashboard: DashboardSpec): Promise<string[]> {
  const found: string[] = [];
  const sections = await page.locator(PANELS).all();
  const wanted = dashboard.rows.flatMap(({ panels }) => panels).length;
  if (sections.length !== wanted) found.push(`${sections.length} panels of ${wanted}`);
  for (const section of sections) {
    const title = ((await section.getAttribute('data-testid')) ?? '').replace(
      /^.*Panel header /,
      '',
    );
    const empty = await section.getByText('No data', { exact: true }).count();
    const error = await section.locator('[data-testid*="Panel status error"]').count();
    if (error > 0) found.push(`${title}: error`);
    else if (empty > 0) found.push(`${title}: no data`);
  }
  return found;
}

/** Waits until no panel shows its loading bar for a while. */
async function loaded(page: Page): Promise<void> {
  await page.locator(PANELS).first().waitFor({ timeout: LOAD_MS });
  const bars = page.locator('[aria-label="Panel loading bar"]');
  const deadline = performance.now() + LOAD_MS;
  for (let quiet = 0; quiet < 4 && performance.now() < deadline;) {
    await page.waitForTimeout(500);
    quiet = (await bars.count()) === 0 ? quiet + 1 : 0;
  }
  // Drawn after the last answer.
  await page.waitForTimeout(1_000);
}

/** Takes one picture. @returns what is wrong on it */
async function take(
  browser: Browser,
  password: string,
  dashboard: DashboardSpec,
  file: string,
): Promise<string[]> {
  const [width, height] = [WIDTH, heightOf(dashboard)];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'dark' });
  try {
    // The session's cookie stays in the context.
    const login = await context.request.post(`${values.url}/login`, {
      data: { user: 'admin', password },
    });
    if (!login.ok()) throw new Error(`Grafana refused the login: ${login.status()}`);
    // The menu takes a fifth of the width unless it is undocked.
    await context.addInitScript("localStorage.setItem('grafana.navigation.docked', 'false')");
    const page = await context.newPage();
    await page.goto(
      `${values.url}/d/${dashboard.uid}?orgId=1&from=now-${values.range}&to=now&theme=dark&refresh=`,
      { timeout: LOAD_MS },
    );
    await loaded(page);
    const zoomOut = page.locator(PANELS).getByTitle('Zoom out', { exact: true });
    for (const button of await zoomOut.all())
      for (let click = 0; click < ZOOM_OUT; click += 1) await button.click();
    const shot = await page.screenshot();
    writeFileSync(file, shot.length > MAX_PICTURE_BYTES ? withPalette(shot) : shot);
    return await complaints(page, dashboard);
  } finally {
    await context.close();
  }
}

async function takeAll(browser: Browser, password: string): Promise<number> {
  let bad = 0;
  for (const dashboard of DASHBOARDS.filter(({ uid }) => uid === (values.only ?? uid))) {
    const file = join(values.out, pictureOf(dashboard));
    const problems = await take(browser, password, dashboard, file);
    const { size } = statSync(file);
    if (size > MAX_PICTURE_BYTES) problems.push(`more than ${MAX_PICTURE_BYTES} bytes`);
    process.stderr.write(`${file}: ${Math.round(size / 1024)} KiB ${problems.join('; ')}\n`);
    bad += problems.length;
  }
  return bad === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const passwordFile = values['password-file'];
  if (passwordFile === undefined) {
    process.stderr.write('pictures: error: --password-file FILE is missing\n');
    return 2;
  }
  if (browserPath === undefined) {
    process.stderr.write('pictures: error: no Chromium (CHROMIUM_BIN=...)\n');
    return 3;
  }
  mkdirSync(values.out, { recursive: true });
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  try {
    return await takeAll(browser, readFileSync(passwordFile, 'utf8').trim());
  } finally {
    await browser.close();
  }
}

process.exitCode = await main();
