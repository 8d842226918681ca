// A word about what was just done, read out and shown for a while. Nothing that must be read is said only here.

import { createContext, type ReactNode, use, useCallback, useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

type Tone = 'done' | 'problem';
type Notify = (text: string, tone?: Tone) => void;

const Notice = createContext<Notify>(() => {});
export const useNotice = (): Notify => use(Notice);

const shownMs = 6_000;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string; tone: Tone }>();
  const notify = useCallback<Notify>((text, tone = 'done') => setNotice({ text, tone }), []);
  useEffect(() => {
    if (!notice || notice.tone === 'problem') return;
    const timer = setTimeout(() => setNotice(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <Notice value={notify}>
      {children}
      <div className="notices" role="status">
        {notice && (
          <div className={`notice notice-${notice.tone}`}>
            {notice.tone === 'done' && <Icon name="check" />}
            <span>{notice.text}</span>
            <button
              type="button"
              className="icon-button"
              aria-label="Dismiss"
              onClick={() => setNotice(undefined)}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </Notice>
  );
}
