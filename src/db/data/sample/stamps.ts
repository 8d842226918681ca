// When sample records were loaded: like the product, one stamp per table for all that was created on a UTC day, written
// on the day after at an hour that varies, children minutes after their parents.

import type { DataResource } from '../resources.ts';
import { Dice } from './dice.ts';

export const dayMs = 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;

const secondsAfterConversations = {
  users: -840.25,
  conversations: 0,
  interactions: 51.5,
  plugin_calls: 56.5,
  plugin_resources: 855,
} as const satisfies Record<DataResource, number>;

/** The last_updated_time of what was created at this moment: 6 to 43 hours later. */
export function loadedAt(seed: number, resource: DataResource, createdMs: number): string {
  const day = Math.floor(createdMs / dayMs);
  const hour = 6.25 + new Dice(seed, 'load', day).fraction() * 12;
  const jitterMs = new Dice(seed, resource, day).between(0, 999);
  const stamp = (day + 1) * dayMs + hour * hourMs + secondsAfterConversations[resource] * 1000 + jitterMs;
  return new Date(Math.floor(stamp)).toISOString();
}

/** The first moment of the last UTC day whose records are all loaded at `until`, whatever the hour of the load. */
export const lastLoadedDay = (until: Date): number => (Math.floor(until.getTime() / dayMs) - 2) * dayMs;
