import { isDestructive, parametersIn, takesHeader, type WalkedOperation } from './document.js';
import { type Draft, replacedAt, textsWithin, wireRequest } from './draft.js';
import { Examples, type Taste } from './example.js';
import { Harvest } from './harvest.js';
import { MarkedNames } from './marker.js';
import { jsonValues } from './wire.js';
import { succeeded, type World } from './world.js';

const ROUNDS_LIMIT = 4;
const PATHS_LIMIT = 6;
const CANDIDATES_LIMIT = 4;
const PLANTINGS_LIMIT = 12;
const SINGLES_LIMIT = 12;
/** Of one item each; as many as it takes to have cursors. */
const PAGES_LIMIT = 3;
/** Moves the whole server. */
const WORLDWIDE = /clock/i;

const PLAIN: Taste = { canaries: false, optionals: true, newNames: false, choice: 0, later: false };
const TASTES: readonly Taste[] = [
  { ...PLAIN, canaries: true },
  { ...PLAIN, newNames: true },
  PLAIN,
  { ...PLAIN, optionals: false },
  { ...PLAIN, newNames: true, optionals: false, later: true },
  { ...PLAIN, newNames: true, choice: 1, later: true },
  { ...PLAIN, choice: 1, optionals: false },
];

export interface Explored {
  /** Whose: its tenant's code, and in every text it stores. Null: the system's. */
  readonly tenantCode: string | null;
  readonly marker: string;
  readonly admin: string | null;
  readonly operator: string;
}

/** Calls every operation that the document tells of as one tenant, with whatever it learns on the way. */
export class Explorer {
  readonly names: MarkedNames;
  readonly harvest: Harvest;
  /** Changes that succeeded, by operation. */
  readonly changes = new Map<string, Draft[]>();
  /** Readings that succeeded, by operation. */
  readonly readings = new Map<string, Draft[]>();
  /** Operation and status of each change tried, in order. */
  readonly log: string[] = [];
  private readonly fallbacks = new Map<string, Draft>();
  private readonly examples: Examples;

  constructor(
    private readonly world: World,
    private readonly self: Explored,
  ) {
    this.names = new MarkedNames(self.marker);
    this.harvest = new Harvest(self.marker);
    this.examples = new Examples(world.document, this.names);
  }

  /** Tries every change until a round brings nothing new; then all that can be read has been. */
  async explore(): Promise<void> {
    for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
      await this.readAll();
      let isNew = false;
      for (const operation of this.world.document.operations) {
        if (operation.method === 'GET' || this.changes.has(operation.id)) continue;
        if (isDestructive(operation) || WORLDWIDE.test(operation.id)) continue;
        isNew = (await this.tryChange(operation)) || isNew;
      }
      if (!isNew) return;
    }
    await this.readAll();
  }

  async readAll(): Promise<void> {
    for (const operation of this.world.document.operations) {
      if (operation.method !== 'GET' || operation.roles.length === 0) continue;
      for (const draft of this.drafts(operation, PLAIN)) await this.read(draft);
    }
  }

  /** Sends a change; remembers it when it succeeds. */
  async change(draft: Draft): Promise<boolean> {
    const answer = await this.world.sendDraft(draft);
    this.log.push(`${draft.operation.id} ${answer.status}`);
    if (!succeeded(answer)) return false;
    await this.world.handled(this.self.operator);
    const { id } = draft.operation;
    this.changes.set(id, [...(this.changes.get(id) ?? []), draft]);
    return true;
  }

  /** A request of its own for the operation: one that succeeded, or one that looks as if it could. */
  base(operation: WalkedOperation): Draft {
    const [known] = this.changes.get(operation.id) ?? this.readings.get(operation.id) ?? [];
    if (known) return known;
    const fallback = this.fallbacks.get(operation.id) ?? this.fallback(operation);
    this.fallbacks.set(operation.id, fallback);
    return fallback;
  }

  /** With its caller's headers; null when nobody here may call it. */
  draft(operation: WalkedOperation, body: unknown): Draft | null {
    const headers = this.headers(operation);
    return headers && { operation, path: {}, query: [], headers, ...(body === undefined ? {} : { body }) };
  }

  private fallback(operation: WalkedOperation): Draft {
    // What needs no token is nobody's own: there the example is the likelier.
    const path = this.paths(operation).at(operation.roles.length === 0 ? -1 : 0) ?? {};
    const body = operation.body ? this.examples.of(operation.body, '', PLAIN) : undefined;
    return { operation, path, query: [], headers: {}, ...(body === undefined ? {} : { body }) };
  }

  private async read(draft: Draft): Promise<void> {
    const { operation } = draft;
    const answer = await this.world.sendDraft(draft);
    if (!succeeded(answer)) return;
    this.harvest.addAnswer(answer, operation.path);
    const { target } = wireRequest(draft);
    const known = this.readings.get(operation.id) ?? [];
    if (!known.some((each) => wireRequest(each).target === target))
      this.readings.set(operation.id, [...known, draft]);
    if (parametersIn(operation, 'query').some(({ name }) => name === 'cursor')) await this.readPages(draft);
  }

  private async readPages(draft: Draft): Promise<void> {
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_LIMIT; page += 1) {
      const query: [string, string][] = [['limit', '1']];
      if (cursor !== null) query.push(['cursor', encodeURIComponent(cursor)]);
      const answer = await this.world.sendDraft({ ...draft, query });
      this.harvest.addAnswer(answer, draft.operation.path);
      const [body] = jsonValues(answer.text, answer.headers['content-type']);
      const next = (body as { nextCursor?: unknown } | undefined)?.nextCursor;
      if (typeof next !== 'string') return;
      cursor = next;
    }
  }

  private async tryChange(operation: WalkedOperation): Promise<boolean> {
    for (const taste of [...TASTES, ...this.singles(operation)]) {
      for (const draft of this.drafts(operation, taste)) {
        if (!(await this.change(draft))) continue;
        await this.plant(draft);
        return true;
      }
    }
    return false;
  }

  /** Each field alone, for bodies of which some fields are for others only. */
  private singles({ body }: WalkedOperation): Taste[] {
    const fields = body ? Object.keys(this.examples.resolved(body).properties ?? {}) : [];
    return fields
      .slice(0, SINGLES_LIMIT)
      .map((optional) => ({ ...PLAIN, canaries: true, optionals: false, optional }));
  }

  /** The same again with a canary at each text in turn; what is refused is no place for free text. */
  private async plant(draft: Draft): Promise<void> {
    for (const { pointer, text } of textsWithin(draft.body).slice(0, PLANTINGS_LIMIT)) {
      if (text.startsWith('canary-')) continue;
      const body = replacedAt(draft.body, pointer, this.names.canary());
      await this.change({ ...draft, body, headers: this.headers(draft.operation) ?? {} });
    }
  }

  private drafts(operation: WalkedOperation, taste: Taste): Draft[] {
    const query = parametersIn(operation, 'query')
      .filter(({ required }) => required)
      .map(({ name, schema }): [string, string] => [
        name,
        encodeURIComponent(String(this.examples.of(schema, name, taste))),
      ]);
    return this.paths(operation).flatMap((path) => {
      const headers = this.headers(operation);
      if (!headers || !this.isOwn(operation, path)) return [];
      const body = operation.body ? this.examples.of(operation.body, '', taste) : undefined;
      return [{ operation, path, query, headers, ...(body === undefined ? {} : { body }) }];
    });
  }

  /** An operator's operation without tenant concerns this one only when its address names it. */
  private isOwn(operation: WalkedOperation, path: Draft['path']): boolean {
    const isWorldwide = !operation.roles.includes('admin') && !takesHeader(operation, 'X-Tenant-Code');
    const namesTenant = Object.values(path).some((value) => value.includes(this.self.marker));
    return this.self.tenantCode === null ? isWorldwide : !isWorldwide || namesTenant;
  }

  private headers(operation: WalkedOperation): Draft['headers'] | null {
    const { admin, operator, tenantCode } = this.self;
    const isAdmins = admin !== null && operation.roles.includes('admin');
    if (!isAdmins && !operation.roles.includes('system_admin')) return null;
    const isFor = !isAdmins && tenantCode !== null && takesHeader(operation, 'X-Tenant-Code');
    return {
      authorization: `Bearer ${isAdmins ? admin : operator}`,
      ...(isFor ? { 'x-tenant-code': tenantCode } : {}),
      ...(takesHeader(operation, 'Idempotency-Key')
        ? { 'idempotency-key': this.names.idempotencyKey() }
        : {}),
    };
  }

  /** Values for the path's parameters, own ones first. */
  private paths(operation: WalkedOperation): Draft['path'][] {
    let paths: Record<string, string>[] = [{}];
    for (const { name, schema } of parametersIn(operation, 'path')) {
      const values = this.pathValues(operation, name, String(this.examples.of(schema, name, PLAIN)));
      paths = paths.flatMap((path) => values.map((value) => ({ ...path, [name]: value })));
    }
    return paths.slice(0, PATHS_LIMIT);
  }

  private pathValues(operation: WalkedOperation, name: string, example: string): string[] {
    const known = this.harvest.candidates(name, operation.path);
    const { tenantCode } = this.self;
    const isTenant =
      tenantCode !== null && operation.path.startsWith('/tenants/') && known.includes(tenantCode);
    const values = [...(isTenant ? [tenantCode] : []), ...known.slice(0, CANDIDATES_LIMIT), example];
    return [...new Set(values)].map(encodeURIComponent);
  }
}
