export * from './fixtures.js';
export { describeStoreContract, type StoreUnderTest } from './store-contract.js';
