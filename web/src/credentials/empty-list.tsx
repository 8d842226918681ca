import { Button, ButtonLink } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';

/** What a credential is, for somebody who has none yet. */
export function NoCredentials() {
  return (
    <section className="empty">
      <div className="empty-mark">
        <Icon name="key" />
      </div>
      <h2>No credentials yet</h2>
      <p>
        A credential lets a system of yours, such as a nightly export or a dashboard, read your organisation’s
        data without a person signing in. You choose which data it opens, see its secret once, and can take it
        back at any moment.
      </p>
      <ButtonLink href="/credentials/new" variant="primary">
        <Icon name="plus" />
        Create the first credential
      </ButtonLink>
    </section>
  );
}

export function NothingFound({ onClear }: { onClear(): void }) {
  return (
    <section className="empty">
      <h2>No credential matches</h2>
      <p>None has this name, id, or hint with these filters. Deleted ones show under Status: Deleted.</p>
      <Button onClick={onClear}>Clear search and filters</Button>
    </section>
  );
}
