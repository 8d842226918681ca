import type { ScopeName } from '../../operations/documents.ts';

interface ScopeChipsProps {
  scopes: readonly { name: ScopeName; title: string }[];
  label?: string;
}

/** What a credential may read, each scope with its colour everywhere in the console. */
export function ScopeChips({ scopes, label = 'Scopes' }: ScopeChipsProps) {
  return (
    <ul className="chips" aria-label={label}>
      {scopes.map(({ name, title }) => (
        <li key={name} className="chip" data-scope={name}>
          {title}
        </li>
      ))}
    </ul>
  );
}
