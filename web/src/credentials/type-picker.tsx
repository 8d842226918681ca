// How a system proves itself, with a line of advice for each way. It cannot be changed later, and says so.

import type { AuthenticationType } from '../../operations/documents.ts';
import { Icon } from '../parts/icon.tsx';
import { typeNames } from './words.ts';

const advice: Record<AuthenticationType, string> = {
  OAUTH2_CLIENT_CREDENTIALS:
    'Recommended. It trades its client id and secret for access tokens that run out within the hour, so what travels with each request is short-lived.',
  API_KEY: 'For tools that can only send one fixed key. The key itself travels with every request.',
};

const order: readonly AuthenticationType[] = ['OAUTH2_CLIENT_CREDENTIALS', 'API_KEY'];

interface TypePickerProps {
  type: AuthenticationType;
  onChange(type: AuthenticationType): void;
}

export function TypePicker({ type, onChange }: TypePickerProps) {
  return (
    <fieldset className="field">
      <legend>Authentication type</legend>
      <p className="hint">Fixed once the credential exists.</p>
      <div className="cards">
        {order.map((one) => (
          <label key={one} className="card">
            <input
              type="radio"
              name="authentication-type"
              checked={type === one}
              aria-labelledby={`type-${one}-title`}
              aria-describedby={`type-${one}`}
              onChange={() => onChange(one)}
            />
            <span>
              <span className="scope-title" id={`type-${one}-title`}>
                {typeNames[one]}
              </span>
              <span className="hint" id={`type-${one}`}>
                {advice[one]}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The same on the page for editing, where it only says what is and why. */
export function FixedType({ type }: { type: AuthenticationType }) {
  return (
    <div className="field">
      <span className="label">Authentication type</span>
      <p className="locked">
        <Icon name="lock" />
        {typeNames[type]}
      </p>
      <p className="hint">
        It cannot be changed: keys and client secrets are made and presented in different ways. To switch,
        create a new credential, move over, and delete this one.
      </p>
    </div>
  );
}
