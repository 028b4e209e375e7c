import scalar from '@scalar/fastify-api-reference';
import { type FastifyInstance } from 'fastify';

/** Nothing is loaded from, or sent to, anywhere else: not even when the page's script would. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/openapi.json` and, from it, `/docs`. The document is made once, when the routes are known. */
export function addDocs(fastify: FastifyInstance, document: () => object): void {
  let text: string | undefined;
  fastify.get('/openapi.json', { config: { isPublic: true } }, (_request, reply) => {
    text ??= JSON.stringify(document());
    return reply.type('application/json; charset=utf-8').send(text);
  });
  void fastify.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, isPublic: true };
    });
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    });
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'Landlord API',
        withDefaultFonts: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        proxyUrl: '',
        telemetry: false,
      },
    });
  });
}
