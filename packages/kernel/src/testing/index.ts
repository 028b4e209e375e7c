export * from './fixtures.js';
export { stepwiseRules } from './stepwise-rules.js';
export { describeStoreContract, type StoreUnderTest, type Tampering } from './store-contract.js';
