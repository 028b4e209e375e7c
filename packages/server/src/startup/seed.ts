import { type INestApplicationContext, type Type } from '@nestjs/common';

/** Puts into a new store what it should begin with. Must be repeatable: it runs at every start. */
export interface Seeder {
  seed(): Promise<void>;
}

export async function seed(app: INestApplicationContext, seeders: readonly Type<Seeder>[]): Promise<void> {
  for (const seeder of seeders) await app.get(seeder, { strict: false }).seed();
}
