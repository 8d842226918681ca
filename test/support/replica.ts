// A pipeline's copy of one resource, kept up to date as the README tells: ascending by LAST_UPDATED_TIME, with the end
// cursor as the watermark. All that it knows besides its copy is that cursor.

import type { Caller } from './actors.ts';

export interface CopiedRecord {
  id: string;
  lastUpdatedTime: string;
}

interface SyncPage {
  nodes: CopiedRecord[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export class Replica {
  readonly records = new Map<string, CopiedRecord>();
  watermark: string | null = null;
  readonly #many: string;
  readonly #fields: string;

  /** @param many the list's field, as in `conversations` */
  constructor(many: string, fields = '') {
    this.#many = many;
    this.#fields = `id lastUpdatedTime ${fields}`;
  }

  /** Reads the next page into the copy. Returns the ids that came, in order, and whether there is more. */
  async readPage(caller: Caller, first: number): Promise<{ ids: string[]; more: boolean }> {
    const query = `query ($first: Int!, $after: String) {
      page: ${this.#many}(first: $first, after: $after, orderBy: { field: LAST_UPDATED_TIME, direction: ASC }) {
        nodes { ${this.#fields} } pageInfo { hasNextPage endCursor }
      }
    }`;
    const variables = { first, after: this.watermark };
    const { page } = await caller.run<{ page: SyncPage }, typeof variables>(query, variables);
    for (const node of page.nodes) this.records.set(node.id, node);
    this.watermark = page.pageInfo.endCursor;
    return { ids: page.nodes.map(({ id }) => id), more: page.pageInfo.hasNextPage };
  }

  /** Reads to the end. Returns the ids that came, in order. */
  async catchUp(caller: Caller, first: number): Promise<string[]> {
    const came: string[] = [];
    for (let more = true; more; ) {
      const page = await this.readPage(caller, first);
      came.push(...page.ids);
      more = page.more;
    }
    return came;
  }
}
