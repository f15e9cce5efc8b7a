/** How a token family is written down: an id and templates of `Random.fill`, or a function where a checksum is needed. */
import type { Random } from '../random.ts';

/** `publicLength`: how much of the token is public; by default all that stands before the first random part. */
export interface Family {
  readonly id: string;
  readonly make: (random: Random) => { readonly text: string; readonly publicLength: number };
}

/** Families from `id template [template...]` lines. What stands before a `^` in a template is public: a host, an id. */
export function table(lines: string): Family[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [id, ...templates] = line.trim().split(/\s+/);
      if (id === undefined || templates.length === 0) throw new Error(`bad family line: ${line}`);
      return {
        id,
        make: (random): { text: string; publicLength: number } => {
          const template = random.pick(templates);
          const [open, rest] = template.split('^');
          if (open === undefined || rest === undefined) {
            return { text: random.fill(template), publicLength: template.indexOf('{') };
          }
          const start = random.fill(open);
          return { text: start + random.fill(rest), publicLength: start.length };
        },
      };
    });
}
