// Commits rows to PGlite in the given folder until it is killed, and says each number once it is acknowledged.
import { writeSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create(process.argv[2]);
await database.exec('create table if not exists row (number integer primary key)');
for (let number = 1; number <= 1_000_000; number++) {
  await database.query('insert into row values ($1)', [number]);
  writeSync(1, `${number}\n`);
}
