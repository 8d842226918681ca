// Query options of the records over REST, at random: near to what is valid, and far from it.

import fc from 'fast-check';
import { columnsOf, type DataResource, dataResources, resourceSlug } from '../../src/db/data/resources.ts';
import { hostileText } from './hostile-values.ts';

const quoted = hostileText.map((text) => `'${text.replaceAll("'", "''")}'`);

function filterOf(resource: DataResource, words: readonly string[]): fc.Arbitrary<string> {
  const field = fc.constantFrom(...columnsOf(resource), 'constructor', '__proto__', 'detail/type');
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...words.map((word) => `'${word}'`)) },
    { weight: 1, arbitrary: quoted },
    { weight: 1, arbitrary: fc.constantFrom('null', 'true', 'FALSE', '2026-01-02T00:00:00Z', '1e9', '-1') },
    { weight: 1, arbitrary: hostileText },
  );
  const operator = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le', 'EQ', 'has');
  const { filter } = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.tuple(field, operator, value).map((parts) => parts.join(' ')),
      fc.tuple(value, operator, field).map((parts) => parts.join(' ')),
      fc.tuple(field, fc.array(value, { maxLength: 4 })).map(([name, list]) => `${name} in (${list})`),
      field,
      fc
        .tuple(tie('filter'), fc.constantFrom('and', 'or', 'AND', 'xor'), tie('filter'))
        .map((parts) => parts.join(' ')),
      tie('filter').map((inner) => `not (${inner})`),
      fc.tuple(tie('filter'), fc.nat({ max: 25 })).map(([inner, n]) => '('.repeat(n) + inner + ')'.repeat(n)),
      fc.tuple(tie('filter'), fc.nat({ max: 300 })).map(([inner, n]) =>
        Array(n + 1)
          .fill(inner.slice(0, 200))
          .join(' or '),
      ),
      fc.tuple(tie('filter'), fc.nat({ max: 900 })).map(([inner, n]) => 'not '.repeat(n) + inner),
    ),
  }));
  return filter;
}

const orNonsense = (likely: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: likely }, { weight: 1, arbitrary: hostileText });

/** A path below the origin with its query. */
export const recordsAddresses = (words: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...dataResources).chain((resource) => {
    const columns = fc.constantFrom(...columnsOf(resource), 'constructor', '*');
    const number = fc.constantFrom('0', '1', '500', '-1', '2147483648', '1e3', '1.5', '٣');
    const option = fc.oneof(
      fc.tuple(fc.constant('$filter'), filterOf(resource, words)),
      fc.tuple(fc.constant('$select'), orNonsense(fc.array(columns).map(String))),
      fc.tuple(
        fc.constant('$orderby'),
        orNonsense(
          fc
            .array(fc.tuple(columns, fc.constantFrom('', ' asc', ' DESC')))
            .map((list) => list.map((pair) => pair.join('')).join()),
        ),
      ),
      fc.tuple(fc.constantFrom('$top', '$skip'), orNonsense(number)),
      fc.tuple(fc.constant('$count'), orNonsense(fc.constantFrom('true', 'false'))),
      fc.tuple(fc.constantFrom('$skiptoken', 'after'), orNonsense(fc.constantFrom(...words))),
      fc.tuple(orNonsense(fc.constantFrom('$expand', '$search', '$apply', '__proto__')), hostileText),
    );
    const end = fc.constantFrom('', '', '', '/$count', '.ndjson');
    const base = fc.constantFrom('/export/v1/records', '/export/v1beta2/records');
    return fc.tuple(base, end, fc.array(option, { maxLength: 4 })).map(([start, last, options]) => {
      const query = options.map((pair) =>
        pair.map((text) => encodeURIComponent(text.toWellFormed())).join('='),
      );
      return `${start}/${resourceSlug(resource)}${last}?${query.join('&')}`;
    });
  });
