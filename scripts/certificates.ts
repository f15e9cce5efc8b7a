/**
 * X.509 certificates (RFC 5280) by node:crypto alone: a CA of one's own, and certificates for the collector, the sink
 * and their clients. Node signs but has no writer for certificates, and the slim image has no openssl.
 *
 * ECDSA P-256 with SHA-256 throughout. DER: tag, length, content; a SEQUENCE is the concatenation of its parts.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, both PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly days: number;
  /** Absent: a CA. */
  readonly use?: {
    readonly as: 'server' | 'client';
    /** Names and addresses that the certificate is good for. */
    readonly hosts: readonly string[];
  };
}

/** A new CA, good for ten years. */
export function newAuthority(name: string): Issued {
  return issue({ name, days: 3650 }, undefined);
}

/** A new key with a certificate of the CA, good for 825 days (what clients accept at most). */
export function newCertificate(
  authority: Issued,
  name: string,
  as: 'server' | 'client',
  hosts: readonly string[],
): Issued {
  return issue({ name, days: 825, use: { as, hosts } }, authority);
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

function issue(subject: Subject, authority: Issued | undefined): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = authority === undefined ? privateKey : createPrivateKey(authority.key);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const issuer =
    authority === undefined ? undefined : new X509Certificate(authority.cert).publicKey;
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const authorityName =
    authority === undefined
      ? subject.name
      : (/^CN=(.*)$/m.exec(new X509Certificate(authority.cert).subject)?.[1] ?? '');
  // Five minutes back, for clocks that are not quite together.
  const from = new Date(Date.now() - 300_000);
  const until = new Date(from.getTime() + subject.days * 86_400_000);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    nameOf(authorityName),
    sequence(time(from), time(until)),
    nameOf(subject.name),
    spki,
    tagged(0xa3, sequence(...extensions(subject, keyId(publicKey), keyId(issuer ?? publicKey)))),
  );
  const signature = sign('sha256', body, signer);
  const der = sequence(body, algorithm, bits(signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines(der.toString('base64'))}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions({ use }: Subject, subjectKey: Buffer, authorityKey: Buffer): Buffer[] {
  const critical = Buffer.from([0x01, 0x01, 0xff]);
  const common = [
    extension(OID.subjectKeyId, octets(subjectKey)),
    extension(OID.authorityKeyId, sequence(tagged(0x80, authorityKey))),
  ];
  if (use === undefined) {
    return [
      extension(OID.basicConstraints, sequence(critical), critical),
      // keyCertSign and cRLSign: bits 5 and 6 of one byte.
      extension(OID.keyUsage, Buffer.from([0x03, 0x02, 0x01, 0x06]), critical),
      ...common,
    ];
  }
  const purpose = use.as === 'server' ? OID.serverAuth : OID.clientAuth;
  return [
    extension(OID.basicConstraints, sequence(), critical),
    // digitalSignature: bit 0.
    extension(OID.keyUsage, Buffer.from([0x03, 0x02, 0x07, 0x80]), critical),
    extension(OID.extendedKeyUsage, sequence(oid(purpose))),
    ...(use.hosts.length === 0
      ? []
      : [extension(OID.subjectAltName, sequence(...use.hosts.map(hostName)))]),
    ...common,
  ];
}

function extension(id: string, value: Buffer, critical: Buffer = Buffer.alloc(0)): Buffer {
  return sequence(oid(id), critical, octets(value));
}

function hostName(host: string): Buffer {
  if (isIP(host) === 4) return tagged(0x87, Buffer.from(host.split('.').map(Number)));
  return tagged(0x82, Buffer.from(host, 'ascii'));
}

function nameOf(commonName: string): Buffer {
  const value = tagged(0x0c, Buffer.from(commonName, 'utf8'));
  return sequence(tagged(0x31, sequence(oid(OID.commonName), value)));
}

/** RFC 5280 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

/** SHA-1 of the key's bits, as RFC 5280 4.2.1.2 (1) suggests: an index, not a protection. */
function keyId(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  // A P-256 key ends in its uncompressed point: 65 bytes.
  return createHash('sha1').update(spki.subarray(-65)).digest();
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function integer(content: Buffer): Buffer {
  return tagged(0x02, content);
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content);
}

function bits(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function lines(base64: string): string {
  return base64.replace(/.{1,64}/g, '$&\n');
}
