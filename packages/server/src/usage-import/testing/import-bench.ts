import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { main } from '../main.js';
import type { Summary } from '../report/summary.js';
import { FakeUsageServer, tokenOf } from './fake-usage-server.js';
import type { LogSpec } from './generate-log.js';

export const OPERATOR_TOKEN = tokenOf({ 'custom:roles': ['system_admin'] });
export const COMBINED = ['--format', 'combined', '--tenant-from', 'path-segment', '--metric', 'apiCalls'];
export const JSON_LINES = ['--format', 'jsonl', '--metric', 'apiCalls'];

/** 2,240 requests of three tenants over several weeks, and 85 other lines. */
export const SMALL_LOG: LogSpec = {
  seed: 7,
  tenants: { acme: 1500, globex: 700, initech: 40 },
  startMs: Date.UTC(2024, 0, 20),
  stepMs: 600_000,
  brokenLines: 25,
  linesWithoutTenant: 60,
  repeatPercent: 10,
};

export interface RunOptions {
  /** The bench's own file when left out. */
  file?: string;
  stdin?: Readable;
  signal?: AbortSignal;
  token?: string;
}

/** A fake server, a folder of its own, and the command to run between them. */
export class ImportBench {
  private constructor(
    readonly server: FakeUsageServer,
    readonly folder: string,
  ) {}

  static async open(tenants: readonly string[] = Object.keys(SMALL_LOG.tenants)): Promise<ImportBench> {
    const folder = await mkdtemp(join(tmpdir(), 'usage-import-'));
    return new ImportBench(await FakeUsageServer.start(tenants), folder);
  }

  /** The log to import; not there until written. */
  get file(): string {
    return join(this.folder, 'access.log');
  }

  async run(argv: string[], options: RunOptions = {}): Promise<{ code: number; summary: Summary }> {
    const { file = this.file, token = OPERATOR_TOKEN, ...rest } = options;
    const io = capturedIo();
    const env = { LANDLORD_URL: this.server.url, LANDLORD_TOKEN: token };
    const code = await main(['--file', file, '--json', ...argv], env, { ...io, ...rest });
    return { code, summary: JSON.parse(io.text()) as Summary };
  }

  /** Writes JSON lines of tenant acme with ids `e-0`, `e-1` and so on. */
  async writeJsonLines(quantities: readonly number[]): Promise<void> {
    const rows = quantities.map((quantity, index) => ({
      id: `e-${index}`,
      timestamp: 1706745599,
      tenant: 'acme',
      quantity,
    }));
    await writeFile(this.file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Output streams that keep what is written. */
export function capturedIo() {
  let out = '';
  let errors = '';
  return {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (errors += text) },
    text: () => out,
    errors: () => errors,
  };
}
