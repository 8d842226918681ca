// What the OpenAPI document says in words.

export const parameterDescriptions: Readonly<Record<string, string>> = {
  $filter: [
    'Comparisons of fields with values by eq, ne, gt, ge, lt, le, and in (…), joined by and, or, not, and parentheses.',
    "Texts stand in single quotes ('' is one quote), times with or without them; null, true, and false without.",
    "As in: created_time ge '2026-01-01T00:00:00Z' and user_id in ('123', '456').",
    'At most 4096 bytes, 100 comparisons, 200 values, and 100 parentheses, 20 deep.',
  ].join(' '),
  $select: 'Fields, separated by commas. All when absent.',
  $orderby:
    'Fields, separated by commas, each with asc or desc behind it or nothing. By id when absent; the id is always the tie-break. Null comes before every value.',
  $top: 'How many records the whole result has at most. No next link goes beyond it.',
  $skip: 'How many records to pass over first. To read a long list, follow the next links instead.',
  $count: 'Whether the page says how many records the filter leaves, whatever $top and $skip are.',
  $skiptoken: 'Made by the server, inside next links.',
  after: 'The id of the last record that was received: the export goes on behind it.',
};

export const exportDescription = [
  'Every record of the resource, one JSON object a line, in the order of their ids. Compressed when Accept-Encoding',
  'names gzip. A reply that ends with the last chunk of HTTP is whole; when the connection is cut instead, ask again',
  'with after=<id of the last whole line>. The credential is looked at again at least every second, and the connection',
  'is reset when it may no longer read.',
].join(' ');

export const refusals: Readonly<Record<string, string>> = {
  400: 'An option cannot be used. The message says which and why, and at which character.',
  401: 'No credential, or one that is not valid.',
  403: 'The credential lacks the scope, which the message and WWW-Authenticate name.',
  429: 'Too many requests. Wait as long as Retry-After says.',
  500: 'A fault of the server.',
  503: 'The service cannot answer right now. Wait as long as Retry-After says.',
};
