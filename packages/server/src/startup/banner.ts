import { type ServerConfig } from '../config.js';

/** What a person who has just started the server wants to know. */
export function banner(url: string, config: ServerConfig): string {
  const lines = [
    '',
    `  Landlord serves at  ${url}`,
    `  Documentation       ${url}/docs`,
    `  Data                ${config.databaseUrl === null ? config.dataDir : 'the PostgreSQL of DATABASE_URL'}`,
    ...(config.clock.kind === 'test' ? ['  Clock               stands still: move it with PUT /clock'] : []),
    '',
    ...(config.tokens.kind === 'local'
      ? localSteps(url, config)
      : [`  Tokens are those of ${config.tokens.issuer}`]),
    '',
  ];
  return lines.join('\n');
}

function localSteps(url: string, { dataDir }: ServerConfig): string[] {
  const sameData = process.env.LANDLORD_DATA_DIR ? `LANDLORD_DATA_DIR=${quoted(dataDir)} ` : '';
  return [
    '  Next, in another terminal:',
    `    TOKEN=$(${sameData}npm run -s token -- --role system_admin)`,
    `    curl ${url}/tenants/provision -H "Authorization: Bearer $TOKEN" \\`,
    `      --json '{"companySlug":"acme-corp","companyName":"Acme Corp","planCode":"starter"}'`,
  ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
