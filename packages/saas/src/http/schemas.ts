export * from './schemas/currency.js';
export * from './schemas/json.js';
export * from './schemas/number.js';
export * from './schemas/page.js';
export * from './schemas/problem.js';
export * from './schemas/text.js';
export * from './schemas/time.js';
