// The scopes of each API product under one heading that says how many are chosen, with a box for all of them. "All" is
// a shortcut of this form: what is stored are the scopes themselves.

import { useEffect, useId, useRef, useState } from 'react';
import type { CatalogueQuery, ScopeName } from '../../operations/documents.ts';
import { FieldError } from '../parts/text-field.tsx';

export type Product = CatalogueQuery['apiProducts'][number];

interface ScopePickerProps {
  products: readonly Product[];
  chosen: ReadonlySet<ScopeName>;
  error?: string | undefined;
  onChange(chosen: ReadonlySet<ScopeName>): void;
}

export function ScopePicker({ products, chosen, error, onChange }: ScopePickerProps) {
  const id = useId();
  return (
    <fieldset className="field scopes" aria-describedby={error ? id : undefined}>
      <legend>Scopes</legend>
      <p className="hint">What it may read. Choose no more than it needs: you can add to it later.</p>
      {products.map((product) => (
        <ProductScopes key={product.name} product={product} chosen={chosen} onChange={onChange} />
      ))}
      <FieldError id={id}>{error}</FieldError>
    </fieldset>
  );
}

function ProductScopes({
  product,
  chosen,
  onChange,
}: Pick<ScopePickerProps, 'chosen' | 'onChange'> & { product: Product }) {
  const names = product.scopes.map(({ name }) => name);
  const count = names.filter((name) => chosen.has(name)).length;
  // As it first stands; from then on people open and close it.
  const [opened] = useState(product.name === 'DATA_API' || count > 0);
  const set = (changed: readonly ScopeName[], on: boolean) => {
    const next = new Set(chosen);
    for (const name of changed) on ? next.add(name) : next.delete(name);
    onChange(next);
  };
  return (
    <details className="scope-group" open={opened}>
      <summary>
        {product.title}{' '}
        <span className="quiet">
          ({count}/{names.length} selected)
        </span>
      </summary>
      <div className="scope-list">
        {names.length > 1 && (
          <AllBox count={count} of={names.length} title={product.title} onChange={(on) => set(names, on)} />
        )}
        {product.scopes.map(({ name, title, description }) => (
          <label key={name} className="check scope" data-scope={name}>
            <input
              type="checkbox"
              checked={chosen.has(name)}
              aria-labelledby={`scope-${name}-title`}
              aria-describedby={`scope-${name}`}
              onChange={(event) => set([name], event.target.checked)}
            />
            <span>
              <span className="scope-title" id={`scope-${name}-title`}>
                {title}
              </span>
              <span className="hint" id={`scope-${name}`}>
                {description}
              </span>
            </span>
          </label>
        ))}
      </div>
    </details>
  );
}

interface AllBoxProps {
  count: number;
  of: number;
  title: string;
  onChange(on: boolean): void;
}

function AllBox({ count, of, title, onChange }: AllBoxProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = count > 0 && count < of;
  }, [count, of]);
  return (
    <label className="check scope scope-all">
      <input
        ref={box}
        type="checkbox"
        aria-label={`All ${title}`}
        checked={count === of}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="scope-title">All</span>
    </label>
  );
}
