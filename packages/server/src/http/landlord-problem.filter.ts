import { LandlordError } from '@landlord/kernel';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { problemOf } from './problem.js';

/**
 * For an application of its own that mounts the modules, on Fastify or Express: answers the refusals of Landlord as the
 * problem documents of the HTTP contract, and leaves all other errors to the application's filters.
 */
@Catch(LandlordError)
export class LandlordProblemFilter implements ExceptionFilter<LandlordError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: LandlordError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) return;
    const { status, headers, body } = problemOf(error);
    for (const [name, value] of Object.entries({ ...headers, 'content-type': PROBLEM_MEDIA_TYPE }))
      httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, body, status);
  }
}
