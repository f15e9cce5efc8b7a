/**
 * The shipped compose files run unchanged: in a copy of what a user's checkout has (the files and folders that they
 * mount), so that `secrets/` is made there and the project's own is never touched.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asArray, asRecord } from '../json.ts';
import type { Docker } from './docker.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const SHIPPED = [
  'docker-compose.yml',
  'docker-compose.hardened.yml',
  'scripts',
  'otel-collector',
  'loki',
  'tempo',
  'prometheus',
  'alertmanager',
  'grafana/provisioning',
  'grafana/dashboards',
  'grafana/rules',
];

/** A container as the daemon describes it. */
export interface Container {
  readonly service: string;
  readonly name: string;
  readonly user: string;
  readonly readOnly: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** `running`, `exited`, ... */
  readonly status: string;
  /** `healthy`, ..., or undefined without a health check. */
  readonly health: string | undefined;
  /** All that `docker inspect` tells, as JSON. */
  readonly inspected: string;
  /** Host addresses of published ports. */
  readonly published: readonly string[];
  /** By network name without the project. */
  readonly addresses: ReadonlyMap<string, string>;
}

export class ComposeProject {
  readonly folder: string;
  readonly #docker: Docker;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #files: readonly string[];

  /** `environment`: variables that the files read, as a user would put them into `.env`. */
  constructor(
    docker: Docker,
    folder: string,
    environment: Readonly<Record<string, string>>,
    files: readonly string[] = ['docker-compose.yml'],
  ) {
    this.#docker = docker;
    this.folder = folder;
    this.#environment = environment;
    this.#files = files;
  }

  /** Copies what a checkout has into the folder. */
  lay(): void {
    for (const path of SHIPPED) {
      const to = join(this.folder, path);
      mkdirSync(join(to, '..'), { recursive: true });
      const filter = (source: string): boolean => !/node_modules|[/]dist([/]|$)/.test(source);
      cpSync(join(ROOT, path), to, { recursive: true, filter });
    }
  }

  /** The same folder, with other compose files and variables over it. */
  with(
    files: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): ComposeProject {
    return new ComposeProject(this.#docker, this.folder, { ...this.#environment, ...environment }, [
      ...this.#files,
      ...files,
    ]);
  }

  run(args: readonly string[]): string {
    const files = this.#files.flatMap((file) => ['-f', join(this.folder, file)]);
    return this.#docker.compose(['--ansi=never', ...files, ...args], this.#environment);
  }

  containers(): Container[] {
    const ids = this.run(['ps', '-aq']).split('\n').filter(Boolean);
    if (ids.length === 0) return [];
    const answer: unknown = JSON.parse(this.#docker.run(['inspect', ...ids]));
    return asArray(answer).map(containerOf);
  }

  /** @throws Error when the service has no container */
  container(service: string): Container {
    const found = this.containers().find((container) => container.service === service);
    if (found === undefined) throw new Error(`no container of service "${service}"`);
    return found;
  }

  /** Address of a service on the internal network, which only this machine and the other services can reach. */
  backend(service: string): string {
    const address = this.container(service).addresses.get('backend');
    if (address === undefined) throw new Error(`service "${service}" is not on the network`);
    return address;
  }
}

function containerOf(value: unknown): Container {
  const container = asRecord(value);
  const config = asRecord(container['Config']);
  const host = asRecord(container['HostConfig']);
  const state = asRecord(container['State']);
  const settings = asRecord(container['NetworkSettings']);
  const ports = Object.values(asRecord(settings['Ports'] ?? {})).flatMap((bindings) =>
    asArray(bindings ?? []).map((binding) => String(asRecord(binding)['HostIp'])),
  );
  const networks = Object.entries(asRecord(settings['Networks'])).map(
    ([name, network]): [string, string] => [
      name.replace(/^.*_/, ''),
      String(asRecord(network)['IPAddress']),
    ],
  );
  const health = state['Health'];
  return {
    service: String(asRecord(config['Labels'])['com.docker.compose.service']),
    name: String(container['Name']).slice(1),
    user: String(config['User']),
    readOnly: host['ReadonlyRootfs'] === true,
    capAdd: asArray(host['CapAdd'] ?? []).map(String),
    capDrop: asArray(host['CapDrop'] ?? []).map(String),
    status: String(state['Status']),
    health: health === undefined ? undefined : String(asRecord(health)['Status']),
    inspected: JSON.stringify(container),
    published: ports,
    addresses: new Map(networks),
  };
}
