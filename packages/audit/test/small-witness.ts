/**
 * A small C2SP witness of the tests' own, written from c2sp.org/tlog-witness, tlog-cosignature and RFC 6962 2.1.2, with
 * nothing of the product. It knows one log by its verifier key and keeps the last tree that it cosigned.
 */
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SmallWitness {
  readonly url: string;
  readonly vkey: string;
  readonly name: string;
  /** Status codes answered so far. */
  readonly answers: number[];
  /** What it cosigned last. */
  last: { size: number; root: string };
  /** Answers with these lines before its own. */
  before: string;
  close(): Promise<void>;
}

const sha = (...parts: Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

export async function aWitness(
  logVkey: string,
  name = 'witness.example/w1',
): Promise<SmallWitness> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const material = Buffer.concat([Buffer.of(4), raw]);
  const keyId = sha(Buffer.from(`${name}\n`), material).subarray(0, 4);
  const [origin = '', , logKey = ''] = splitVkey(logVkey);

  function answer(body: string): [status: number, text: string, type?: string] {
    const split = body.indexOf('\n\n');
    const [oldLine = '', ...proof] = body.slice(0, split).split('\n');
    const old = Number(/^old (0|[1-9]\d*)$/.exec(oldLine)?.[1] ?? Number.NaN);
    const note = body.slice(split + 2);
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const [noteOrigin, sizeText, root = ''] = text.split('\n');
    const size = Number(sizeText);
    if (!Number.isSafeInteger(old) || proof.length > 63) return [400, 'bad request\n'];
    if (noteOrigin !== origin) return [404, 'unknown log\n'];
    if (!isSigned(note, text)) return [403, 'unknown key\n'];
    if (old > size) return [400, 'old size is beyond the checkpoint\n'];
    if (old !== witness.last.size) return [409, `${witness.last.size}\n`, 'text/x.tlog.size'];
    if (old === size && old > 0 && root !== witness.last.root)
      return [409, `${witness.last.size}\n`, 'text/x.tlog.size'];
    const hashes = proof.map((line) => Buffer.from(line, 'base64'));
    if (!grew(old, witness.last.root, size, root, hashes)) return [422, 'not consistent\n'];
    witness.last = { size, root };
    const seconds = Math.floor(Date.now() / 1000);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const signature = sign(
      null,
      Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`),
      privateKey,
    );
    const blob = Buffer.concat([keyId, time, signature]).toString('base64');
    return [200, `${witness.before}\u2014 ${name} ${blob}\n`];
  }

  function isSigned(note: string, text: string): boolean {
    const key = createPublicKey({
      key: {
        kty: 'OKP',
        crv: 'Ed25519',
        x: Buffer.from(logKey, 'base64').subarray(1).toString('base64url'),
      },
      format: 'jwk',
    });
    return note
      .split('\n')
      .filter((line) => line.startsWith(`\u2014 ${origin} `))
      .some((line) =>
        verify(
          null,
          Buffer.from(text),
          key,
          Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4),
        ),
      );
  }

  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const [status, text, type = 'text/plain'] =
        request.method === 'POST' && request.url === '/add-checkpoint' ? answer(body) : [404, ''];
      witness.answers.push(status);
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const witness: SmallWitness = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vkey: `${name}+${keyId.toString('hex')}+${material.toString('base64')}`,
    name,
    answers: [],
    last: { size: 0, root: sha().toString('base64') },
    before: '',
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return witness;
}

function splitVkey(vkey: string): string[] {
  const [, name = '', id = '', key = ''] = /^([^+]+)\+([^+]+)\+(.*)$/.exec(vkey) ?? [];
  return [name, id, key];
}

/** Both roots from the proof, by the recursion of SUBPROOF itself. */
function grew(old: number, oldRoot: string, size: number, root: string, proof: Buffer[]): boolean {
  if (old === 0) return proof.length === 0;
  const left = [...proof];
  const walk = (m: number, n: number, known: boolean): [Buffer, Buffer] => {
    if (m === n) {
      const hash = known ? Buffer.from(oldRoot, 'base64') : (left.shift() ?? Buffer.of());
      return [hash, hash];
    }
    let k = 1;
    while (k * 2 < n) k *= 2;
    if (m <= k) {
      const [before, after] = walk(m, k, known);
      return [before, sha(Buffer.of(1), after, left.shift() ?? Buffer.of())];
    }
    const [before, after] = walk(m - k, n - k, false);
    const sibling = left.shift() ?? Buffer.of();
    return [sha(Buffer.of(1), sibling, before), sha(Buffer.of(1), sibling, after)];
  };
  const [before, after] = walk(old, size, true);
  return (
    left.length === 0 && before.toString('base64') === oldRoot && after.toString('base64') === root
  );
}
