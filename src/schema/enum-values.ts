// Values of enums, each with what it means.

/** A name that the type has and the table has not, or the other way round, does not compile. */
export const enumValues = <Name extends string>(
  meanings: Readonly<Record<Name, string>>,
): Record<Name, { description: string }> => {
  const values = Object.entries<string>(meanings).map(([name, description]) => [name, { description }]);
  return Object.fromEntries(values);
};
