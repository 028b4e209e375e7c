// A Fastify route that parses the body and answers a constant: as much as HTTP alone costs here.
import fastify from 'fastify';

const app = fastify();
const ANSWER = {
  admitted: true,
  metric: 'apiCalls',
  current: 42,
  limit: 1_000_000_000,
  percentage: 0,
  isExceeded: false,
  isNearLimit: false,
};
app.post('/usage/consume', async ({ body }) => {
  if (typeof body.id !== 'string') throw new Error('the body has no id');
  return ANSWER;
});
process.on('SIGTERM', () => app.close());
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
