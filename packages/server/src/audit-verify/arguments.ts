import { parseArgs } from 'node:util';
import { tenantCodeFlaw } from '@landlord/kernel';

export const USAGE = `Verifies the log of commands: every link of every tenant's chain, and every item against its last command.

  npm run -s audit:verify
  npm run -s audit:verify -- --tenant acme-corp
  npm run -s audit:verify -- --write-heads heads.json
  npm run -s audit:verify -- --heads heads.json

  --tenant       only this tenant's log
  --write-heads  write where each chain ends to this file; keep it where whoever writes to the database cannot reach
  --heads        compare with such a file: shows a chain that was written anew, or cut
`;

export interface VerifyOptions {
  readonly tenant: string | null;
  readonly heads: string | null;
  readonly writeHeads: string | null;
}

export type ParsedArguments =
  | { readonly kind: 'verify'; readonly options: VerifyOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export function parseArguments(argv: readonly string[]): ParsedArguments {
  const read = readFlags(argv);
  if ('kind' in read) return read;
  const { tenant = null, heads = null, 'write-heads': writeHeads = null, help } = read;
  if (help) return { kind: 'help' };
  const flaw = tenant === null || tenant === 'common' ? null : tenantCodeFlaw(tenant);
  if (flaw !== null) return { kind: 'wrong', message: `--tenant ${flaw}` };
  return { kind: 'verify', options: { tenant, heads, writeHeads } };
}

function readFlags(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', short: 'h' } as const;
    const options = { tenant: text, heads: text, 'write-heads': text, help: flag } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message } as const;
  }
}
