// Sample records: a believable, invented organisation of any size. The same arguments give the same records, and they
// come one by one, so that a million take no more memory than a thousand.

import type { Database } from '../tables.ts';
import type { DataRecord } from './records.ts';
import { type DataResource, dataResources } from './resources.ts';
import { tellConversation } from './sample/conversation.ts';
import { Dice } from './sample/dice.ts';
import { dayMs, lastLoadedDay } from './sample/stamps.ts';
import type { SampleRecord, Story } from './sample/story.ts';
import { type Presence, platformOf, sampleUser, userId } from './sample/users.ts';
import { upsertRecords } from './upsert.ts';

export type { SampleRecord } from './sample/story.ts';

export interface SampleSize {
  /** A whole number; another one gives other people saying other things. */
  seed: number;
  conversations: number;
  /** The sample ends two days before this one: what happened later would not have been loaded by then. */
  until: Date;
  /** Over how many days the conversations are spread. */
  days: number;
}

export const defaultSampleSize = { seed: 1, conversations: 300, days: 30 } as const;

/** Records that a conversation brings on average, with its share of the users. */
const recordsPerConversation = 12;

/** How many conversations make about this many records in all. */
export const conversationsFor = (records: number): number =>
  Math.max(1, Math.round(records / recordsPerConversation));

/** First all users, then conversation after conversation in the order of time, each followed by all that belongs to it. */
export function* sampleRecords(size: SampleSize): Generator<SampleRecord> {
  const cast = castOf(size);
  for (let person = 0; person < cast.people; person += 1) {
    const record = sampleUser(size.seed, person, presenceOf(size, cast, person), cast.startMs);
    yield { resource: 'users', record };
  }
  for (let index = 0; index < size.conversations; index += 1) yield* storyOf(size, cast, index).records;
}

/** Who there is, and which conversations are their first and last: all that must be known before the first record. */
interface Cast {
  people: number;
  startMs: number;
  /** The first moment of each day, and the share of all conversations that have begun by its end. */
  calendar: { dayMs: number; share: number }[];
  first: Int32Array;
  last: Int32Array;
}

function castOf(size: SampleSize): Cast {
  const people = Math.max(5, Math.round(size.conversations / 6));
  const startMs = lastLoadedDay(size.until) - (size.days - 1) * dayMs;
  const first = new Int32Array(people).fill(-1);
  const last = new Int32Array(people).fill(-1);
  for (let index = 0; index < size.conversations; index += 1) {
    const person = personIn(size, people, index);
    if (first[person] === -1) first[person] = index;
    last[person] = index;
  }
  return { people, startMs, calendar: calendarOf(size, startMs), first, last };
}

/** Some people ask a lot and a few never do. */
function personIn(size: SampleSize, people: number, index: number): number {
  return Math.floor(people * new Dice(size.seed, 'person', index).fraction() ** 2);
}

/** Weekends are quiet. */
function calendarOf({ days }: SampleSize, startMs: number): Cast['calendar'] {
  const starts = Array.from({ length: days }, (_, day) => startMs + day * dayMs);
  const weights = starts.map((start) => ([0, 6].includes(new Date(start).getUTCDay()) ? 0.15 : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return starts.map((start, day) => {
    sum += weights[day] ?? 0;
    return { dayMs: start, share: sum / total };
  });
}

function storyOf(size: SampleSize, cast: Cast, index: number): Story {
  const person = personIn(size, cast.people, index);
  return tellConversation(size.seed, index, {
    userId: userId(size.seed, person),
    platform: platformOf(size.seed, person),
    startMs: startOf(size, cast, index),
  });
}

/** Within a day, conversations begin one after the other between 7:00 and 19:00 UTC. */
function startOf(size: SampleSize, { calendar, startMs }: Cast, index: number): number {
  const position = (index + new Dice(size.seed, 'start', index).fraction()) / size.conversations;
  const day = calendar.findIndex(({ share }) => position < share);
  const { dayMs: dayStartMs, share: end } = calendar.at(day) ?? { dayMs: startMs, share: 1 };
  const begin = day > 0 ? (calendar[day - 1]?.share ?? 0) : 0;
  const throughDay = Math.min(1, (position - begin) / (end - begin));
  return Math.floor(dayStartMs + (7 + 12 * throughDay) * (dayMs / 24));
}

function presenceOf(size: SampleSize, cast: Cast, person: number): Presence | undefined {
  const first = cast.first[person] ?? -1;
  const last = cast.last[person] ?? -1;
  if (first === -1) return undefined;
  return { firstMs: startOf(size, cast, first), latestMs: storyOf(size, cast, last).latestMs };
}

const batchSize = 1_000;

/**
 * Writes a sample into an organisation and returns how many records of each resource it has. Loading the same sample
 * again changes nothing.
 * @param now where the sample ends when `until` does not say it
 */
export async function loadSample(
  db: Database,
  organizationId: string,
  { now, ...options }: Partial<SampleSize> & { now: Date },
): Promise<Record<DataResource, number>> {
  const size = { ...defaultSampleSize, until: now, ...options };
  const counts = { users: 0, conversations: 0, interactions: 0, plugin_calls: 0, plugin_resources: 0 };
  const batches = new Map<DataResource, DataRecord[]>(dataResources.map((resource) => [resource, []]));
  const flush = async (resource: DataResource, batch: DataRecord[]) => {
    await upsertRecords(db, organizationId, resource, batch, now);
    batch.length = 0;
  };
  for (const { resource, record } of sampleRecords(size)) {
    const batch = batches.get(resource) ?? [];
    batch.push(record);
    counts[resource] += 1;
    if (batch.length === batchSize) await flush(resource, batch);
  }
  for (const [resource, batch] of batches) if (batch.length > 0) await flush(resource, batch);
  return counts;
}
