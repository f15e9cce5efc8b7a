/** What a whole MCP call says of itself while it is built: which of its values are secret, which must stay. */
import type { Secret } from './cases.ts';
import { jwt } from './families/code.ts';
import type { Random } from './random.ts';
import { fill } from './template.ts';

/** Collects what a scene says is secret and what must stay. */
export class Scene {
  readonly random: Random;
  readonly secrets: Secret[] = [];
  readonly keep: string[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  secret(text: string = this.random.password(), publicLength = 0): string {
    this.secrets.push({ text, publicLength });
    return text;
  }

  /** A secret from a template of `Random.fill`; what stands before its first random part is public. */
  token(template: string): string {
    return this.secret(this.random.fill(template), Math.max(0, template.indexOf('{')));
  }

  jwt(): string {
    const text = jwt(this.random);
    return this.secret(text, text.indexOf('.') + 1);
  }

  ok(text: string): string {
    this.keep.push(text);
    return text;
  }

  host(): string {
    return this.ok(this.random.host());
  }

  word(): string {
    return this.ok(this.random.word());
  }

  /** Text from a template of `fill`. */
  text(template: string): string {
    const filled = fill(this.random, template);
    this.secrets.push(...filled.secrets);
    this.keep.push(...filled.keep);
    return filled.text;
  }
}
