export * from './fixtures.js';
export { describeStoreContract, type StoreUnderTest, type Tampering } from './store-contract.js';
