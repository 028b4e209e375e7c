export * from './if-match.js';
export * from './input-issues.js';
export * from './operation.decorator.js';
export * from './operation.js';
export * from './operation.registry.js';
export * from './parse-input.js';
export * from './schemas.js';
export * from './visitor.decorator.js';
