// The direction of any list's order.

import { builder } from './builder.ts';

/** Of the field of an order input that has the direction. */
export const directionText = 'Of what is equal, it orders the ids as well.';

export const SortDirection = builder.enumType('SortDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { value: 'asc', description: 'The oldest, or the first by name or id.' },
    DESC: { value: 'desc', description: 'The newest, or the last by name or id.' },
  } as const,
});
