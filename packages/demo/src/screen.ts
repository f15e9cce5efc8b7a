/**
 * What the demo prints, and the count of what did not hold.
 *
 * Colours are ANSI, used only when asked for: on a terminal without NO_COLOR, or with FORCE_COLOR. Every claim of the
 * demo goes through `check`, so that its exit code is the number of claims that failed, never a matter of taste.
 */

/** Paints one piece of text. */
export type Paint = (text: string) => string;

/** Colours by meaning; each returns its text unchanged when colour is off. */
export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly name: Paint;
}

/** See the file's header. */
export class Screen {
  readonly palette: Palette;
  /** Claims that did not hold, in words. */
  readonly failures: string[] = [];
  /** How many claims were made. */
  claims = 0;
  #scene = 0;
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.palette = paletteOf(colour);
  }

  /** Opens the next numbered scene. */
  scene(title: string): void {
    this.#scene += 1;
    this.#write(`\n${this.palette.bold(`${this.#scene}. ${title}`)}\n`);
  }

  /** Prints one line, or several. */
  line(text = ''): void {
    this.#write(`${text.replace(/^/gm, text === '' ? '' : '   ')}\n`);
  }

  /** Prints a command as a person would type it. */
  command(text: string): void {
    this.line(this.palette.dim(`$ ${text}`));
  }

  /** States a claim and whether it holds. */
  check(holds: boolean, claim: string): void {
    this.claims += 1;
    if (!holds) this.failures.push(claim);
    const mark = holds ? this.palette.good('\u2713') : this.palette.bad('\u2717 NOT TRUE:');
    this.line(`${mark} ${claim}`);
  }
}

/** Whether to paint: NO_COLOR wins, then FORCE_COLOR, then whether the stream is a terminal. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

function paletteOf(colour: boolean): Palette {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    good: paint(32, 39),
    bad: paint(31, 39),
    warn: paint(33, 39),
    name: paint(36, 39),
  };
}
