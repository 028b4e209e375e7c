export const STORE = Symbol('STORE');
export const CLOCK = Symbol('CLOCK');
export const FEED_OPTIONS = Symbol('FEED_OPTIONS');
