import { z } from 'zod';

/** RFC 9457. Facts for programs, such as `currentVersion`, stand beside these fields. */
export const problem = z
  .looseObject({
    type: z
      .string()
      .meta({ description: 'URN of the kind of problem.', example: 'urn:landlord:problem:not_found' }),
    title: z.string().meta({ example: 'Not found' }),
    status: z.int().meta({ example: 404 }),
    detail: z.string().meta({ description: 'What happened, where, and how to mend it.' }),
    code: z.string().meta({ description: 'Stable code for programs.', example: 'not_found' }),
    requestId: z
      .string()
      .meta({ description: 'The same as in `X-Request-Id`; name it when you ask for help.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'events.3.timestamp' }), message: z.string() }))
      .optional()
      .meta({ description: 'With status 400: each thing wrong with the input.' }),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' });
