export { ConfigError, readConfig, type ServerConfig } from './config.js';
export { LandlordProblemFilter } from './http/landlord-problem.filter.js';
export { type RunningServer, type ServerOverrides, startServer } from './startup/start-server.js';
