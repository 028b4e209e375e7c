import { type MeterFilter, type MeterKind, type MeterReset } from '../usage/meter.js';

/** A meter as operators describe it, for all tenants. */
export interface MeterDefinition {
  readonly code: string;
  readonly displayName: string;
  readonly description?: string;
  readonly aggregation: MeterKind;
  /** What one of it is called, such as `GB`. */
  readonly unit?: string;
  readonly resets: MeterReset;
  readonly eventName: string;
  readonly valueProperty?: string;
  readonly uniqueProperty?: string;
  readonly filter: readonly MeterFilter[];
  readonly dimensions: readonly string[];
  readonly isActive: boolean;
}

/** Meters that count, and meters there may ever be: a retired one keeps what it counted. */
export const ACTIVE_METERS_LIMIT = 200;
export const METERS_LIMIT = 1_000;
export const DIMENSIONS_LIMIT = 5;
