// The people of the sample: everyone at example.com, each with identities in some connected systems.

import type { DataRecord } from '../records.ts';
import { Dice } from './dice.ts';
import { dayMs, loadedAt } from './stamps.ts';
import { firstNames, lastNames } from './texts.ts';

const languages = ['EN_US', 'EN_US', 'EN_US', 'EN_US', 'EN_US', 'EN_US', 'ES_ES', 'FR_CA'];

export const userId = (seed: number, index: number): string => new Dice(seed, 'user id', index).numberId();

/** The platform a person writes from; people keep to one. */
export const platformOf = (seed: number, index: number): string =>
  new Dice(seed, 'platform', index).pick(['slack', 'slack', 'slack', 'msteams', 'msteams', 'movewebchat']);

/** When a person was first and last heard of in the sample; undefined for those who never said a word. */
export interface Presence {
  firstMs: number;
  latestMs: number;
}

export function sampleUser(
  seed: number,
  index: number,
  presence: Presence | undefined,
  startMs: number,
): DataRecord<'users'> {
  const dice = new Dice(seed, 'user', index);
  const first = firstNames[index % firstNames.length] ?? '';
  const last = lastNames[index % lastNames.length] ?? '';
  const namesakes = Math.floor(index / (firstNames.length * lastNames.length));
  const email = `${first}.${last}${namesakes || ''}@example.com`.toLowerCase();
  // Most people were there before the sample begins. Somebody without access has usually left.
  const earlierMs = dice.chance(0.7) ? dice.between(1, 400) * dayMs : 0;
  const left = presence === undefined && dice.chance(0.5);
  return {
    id: userId(seed, index),
    email_addr: email,
    first_name: first,
    last_name: last,
    access_to_bot: !left,
    user_preferred_language: dice.pick(languages),
    first_interaction_time: presence ? new Date(presence.firstMs - earlierMs).toISOString() : null,
    latest_interaction_time: presence ? new Date(presence.latestMs).toISOString() : null,
    external_ids: left ? null : externalIds(dice, email),
    last_updated_time: loadedAt(seed, 'users', presence?.latestMs ?? startMs),
  };
}

function externalIds(dice: Dice, email: string): DataRecord<'users'>['external_ids'] {
  const all = [
    { connector_name: 'gsuite', external_id: email, source: 'GSUITE' },
    { connector_name: 'webex', external_id: email, source: 'WEBEX' },
    { connector_name: 'directory', external_id: email, source: 'UNKNOWN_SYSTEM' },
    { connector_name: 'movewebchat', external_id: email, source: 'MOVEWEBCHAT' },
    { connector_name: 'snow', external_id: dice.hexId(), source: 'SNOW' },
    {
      connector_name: 'jira_service_desk',
      external_id: `712020:${dice.hexId()}`,
      source: 'JIRA_SERVICE_DESK',
    },
    { connector_name: 'slack', external_id: `U${dice.hexId().slice(0, 10).toUpperCase()}`, source: 'SLACK' },
    { connector_name: 'okta', external_id: `00u${dice.shortId()}`, source: 'OKTA' },
    { connector_name: 'ms_graph', external_id: dice.hexId(), source: 'MS_GRAPH' },
  ];
  return all.filter((_, place) => place === 0 || dice.chance(0.6));
}
