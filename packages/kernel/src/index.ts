export * from './core/index.js';
export * from './pure/index.js';
