import { type CallHandler } from '@nestjs/common';

/** What a handler answers, as NestJS hands it to interceptors. */
export type Answers = ReturnType<CallHandler['handle']>;

interface Subscriber {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

type AnswersClass = new (subscribe: (subscriber: Subscriber) => unknown) => Answers;

/** The same answers; when they fail, `undo` has run before the failure is told. `undo` must not fail itself. */
export function failingInto(answers: Answers, undo: () => Promise<void>): Answers {
  // The class of the very answers: the one of NestJS, whichever copy of rxjs that is.
  const OfNest = answers.constructor as AnswersClass;
  return new OfNest((subscriber) =>
    answers.subscribe({
      next: (value: unknown) => subscriber.next(value),
      complete: () => subscriber.complete(),
      error: (error: unknown) => {
        void undo().finally(() => subscriber.error(error));
      },
    }),
  );
}
