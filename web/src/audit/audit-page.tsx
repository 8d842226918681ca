// The audit trail: who did what to which credential or account, from where, and when.

import { useQuery } from '@tanstack/react-query';
import type { AuditEventFilter } from '../../operations/documents.ts';
import { AccountChoice } from '../accounts/account-choice.tsx';
import { counted, entriesOf } from '../credentials/words.ts';
import { known, useListAddress } from '../parts/address-state.ts';
import { Button } from '../parts/button.tsx';
import { Choice } from '../parts/choice.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { pageAt } from '../parts/place.ts';
import { PageHead } from '../shell/page-head.tsx';
import { AuditEvents } from './audit-events.tsx';
import { DayField, endOf, startOf } from './day-field.tsx';
import { auditQuery } from './queries.ts';
import { TargetPicker } from './target-picker.tsx';
import { actionNames } from './words.ts';

const names = ['action', 'actor', 'target', 'from', 'until'] as const;

export default function AuditPage() {
  const { address, narrow, turn, clear } = useListAddress(names);
  const action = known(address.action, actionNames);
  const filter: AuditEventFilter = {
    action: action ? [action] : null,
    actorAccountId: address.actor || null,
    targetId: address.target || null,
    from: startOf(address.from),
    until: endOf(address.until),
  };
  const query = useQuery(auditQuery({ ...pageAt(address), filter }));
  const filtered = names.some((name) => address[name] !== '');
  return (
    <div className="page">
      <PageHead
        title="Audit"
        lead="Every change of credentials and accounts, and every sign-in, refused ones too."
      />
      <search className="filters">
        <Choice
          label="Action"
          any="Any"
          value={action}
          options={entriesOf(actionNames)}
          onChange={(next) => narrow({ action: next })}
        />
        <AccountChoice
          label="By"
          account={address.actor}
          among={({ kind }) => kind === 'PERSON'}
          onChange={(actor) => narrow({ actor })}
        />
        <TargetPicker target={address.target} onChange={(target) => narrow({ target })} />
        <DayField label="From" value={address.from} onChange={(from) => narrow({ from })} />
        <DayField label="To" value={address.until} onChange={(until) => narrow({ until })} />
        {filtered && (
          <Button variant="quiet" onClick={clear}>
            Clear filters
          </Button>
        )}
      </search>
      <PagedList
        query={query}
        place={address}
        total={(count) => counted(count, 'event')}
        nothing={
          <section className="empty">
            <h2>Nothing happened</h2>
            <p>No event of the trail matches these filters.</p>
          </section>
        }
        onTurn={turn}
        onClear={clear}
      >
        {(events, turning) => (
          <div className="section" aria-busy={turning}>
            <AuditEvents events={events} />
          </div>
        )}
      </PagedList>
    </div>
  );
}
