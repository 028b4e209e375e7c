export { ConfigError, readConfig, type ServerConfig } from './config.js';
export { type RunningServer, type ServerOverrides, startServer } from './startup/start-server.js';
