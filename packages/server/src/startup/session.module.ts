import { SESSION_TOKENS, type SessionTokens } from '@landlord/saas';
import { type DynamicModule, Module } from '@nestjs/common';

/** Lends the capabilities what signs sessions. */
@Module({})
export class SessionModule {
  static forRoot(sessions: SessionTokens): DynamicModule {
    return {
      module: SessionModule,
      global: true,
      providers: [{ provide: SESSION_TOKENS, useValue: sessions }],
      exports: [SESSION_TOKENS],
    };
  }
}
