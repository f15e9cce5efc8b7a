/** What a whole MCP call says of itself while it is built: which of its values are secret, which must stay. */
import type { Secret, Step } from './cases.ts';
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

/** In two parts, so that no scanner takes a source file for a key. */
export const PRIVATE_KEY: string = ['PRIVATE', 'KEY'].join(' ');

/** Makes the steps of one kind of scene, and tells the scene what is secret in them. */
export type MakeScene = (scene: Scene) => readonly Step[];

/** A tool call. */
export function call(name: string, args: unknown): Step {
  return { direction: 'request', tool: name, value: { name, arguments: args } };
}

/** A result of one text. */
export function text(body: string): Step {
  return { direction: 'response', value: { content: [{ type: 'text', text: body }] } };
}

/** A result as structured content and the same as JSON text. */
export function data(structuredContent: unknown): Step {
  const body = JSON.stringify(structuredContent, null, 2);
  return {
    direction: 'response',
    value: { content: [{ type: 'text', text: body }], structuredContent },
  };
}
