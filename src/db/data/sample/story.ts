// One conversation of the sample as it unfolds: each step adds the records that the product would have written for it,
// with ids, relations, and times in order.

import type { DataRecord } from '../records.ts';
import type { DataResource } from '../resources.ts';
import type { Dice } from './dice.ts';
import { loadedAt } from './stamps.ts';

/** A record with the resource that it belongs to. */
export type SampleRecord = { [R in DataResource]: { resource: R; record: DataRecord<R> } }[DataResource];

export interface StorySetting {
  seed: number;
  dice: Dice;
  userId: string;
  platform: string;
  startMs: number;
}

export interface Opening {
  route: string;
  primary_domain: string | null;
  type: string | null;
  detail: DataRecord<'conversations'>['detail'];
}

export interface PluginRun {
  name: string;
  served: boolean;
  used: boolean;
}

export interface Found {
  type: string;
  resourceId: string;
  detail: DataRecord<'plugin_resources'>['detail'];
  cited: boolean;
  /** Null for what was weighed without a plugin call of its own. */
  pluginCallId: string | null;
}

export class Story {
  readonly records: SampleRecord[] = [];
  readonly dice: Dice;
  readonly #setting: StorySetting;
  readonly #conversationId: string;
  #nowMs: number;
  #lastUserInteractionId = '';

  constructor(setting: StorySetting, opening: Opening) {
    this.#setting = setting;
    this.dice = setting.dice;
    this.#nowMs = setting.startMs;
    this.#conversationId = this.dice.shortId();
    const record = {
      id: this.#conversationId,
      user_id: setting.userId,
      ...opening,
      ...this.#times('conversations'),
    };
    this.records.push({ resource: 'conversations', record });
  }

  /** When the last thing so far happened. */
  get latestMs(): number {
    return this.#nowMs;
  }

  userDoes(type: string, detail: DataRecord<'interactions'>['detail'], label: string | null = null): void {
    this.#lastUserInteractionId = this.dice.shortId();
    this.#addInteraction({
      id: this.#lastUserInteractionId,
      actor: 'user',
      type,
      label,
      parent_interaction_id: null,
      detail,
    });
    this.#wait(300, 1_500);
  }

  /** The assistant answers the last thing that the person did. */
  assistantSays(content: string): void {
    this.#wait(1_500, 7_000);
    const parent_interaction_id = this.#lastUserInteractionId;
    const type = 'INTERACTION_TYPE_BOT_MESSAGE';
    const id = this.dice.shortId();
    this.#addInteraction({ id, actor: 'bot', type, label: null, parent_interaction_id, detail: { content } });
    this.#wait(8_000, 120_000);
  }

  /** @returns the id of the plugin call */
  runPlugin({ name, served, used }: PluginRun): string {
    const record = {
      id: this.dice.shortId(),
      ...this.#origin(),
      plugin_name: name,
      served,
      used,
      plugin_update_time: new Date(this.#nowMs + this.dice.between(500, used ? 40_000 : 2_000)).toISOString(),
      ...this.#times('plugin_calls'),
    };
    this.records.push({ resource: 'plugin_calls', record });
    this.#wait(50, 400);
    return record.id;
  }

  find({ type, resourceId, detail, cited, pluginCallId }: Found): void {
    const record = {
      id: this.dice.hexId(),
      resource_id: resourceId,
      type,
      plugin_call_id: pluginCallId,
      ...this.#origin(),
      cited,
      detail,
      ...this.#times('plugin_resources'),
    };
    this.records.push({ resource: 'plugin_resources', record });
    this.#wait(5, 90);
  }

  #addInteraction(
    what: Pick<
      DataRecord<'interactions'>,
      'id' | 'actor' | 'type' | 'label' | 'parent_interaction_id' | 'detail'
    >,
  ): void {
    const record = {
      ...what,
      conversation_id: this.#conversationId,
      user_id: this.#setting.userId,
      platform: this.#setting.platform,
      ...this.#times('interactions'),
    };
    this.records.push({ resource: 'interactions', record });
  }

  #origin() {
    return {
      interaction_id: this.#lastUserInteractionId,
      conversation_id: this.#conversationId,
      user_id: this.#setting.userId,
    };
  }

  #times(resource: DataResource) {
    return {
      created_time: new Date(this.#nowMs).toISOString(),
      last_updated_time: loadedAt(this.#setting.seed, resource, this.#nowMs),
    };
  }

  #wait(leastMs: number, mostMs: number): void {
    this.#nowMs += this.dice.between(leastMs, mostMs);
  }
}
