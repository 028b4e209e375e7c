import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { type Change } from './change.js';

export interface DataSyncHandlerOptions {
  /** Item type whose changes are handled. */
  readonly type: string;
}

/**
 * Takes changes at least once, in order per item. Throwing means "try again later". An effect must
 * therefore be repeatable: give it an identity derived from `pk`, `sk` and `version`.
 */
export interface IDataSyncHandler {
  handleSync(change: Change): Promise<void>;
}

const METADATA = Symbol('landlord:data-sync-handler');

/** Marks a provider class as a handler; its class name is its identity in dead letters. */
export function DataSyncHandler(options: DataSyncHandlerOptions): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(METADATA, options, target);
    Injectable()(target);
  };
}

export function dataSyncHandlerOptions(target: object): DataSyncHandlerOptions | undefined {
  return Reflect.getMetadata(METADATA, target) as DataSyncHandlerOptions | undefined;
}
