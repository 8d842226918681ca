// Where in a list a page stands: after one cursor, before another, or at the beginning.

export interface Place {
  after: string;
  before: string;
}

export const beginning: Place = { after: '', before: '' };

export const isInside = ({ after, before }: Place): boolean => after !== '' || before !== '';

const pageSize = 50;

/** The page at a place, as the lists of the API are asked for it. */
export const pageAt = ({ after, before }: Place) =>
  before ? { last: pageSize, before } : { first: pageSize, after: after || null };
