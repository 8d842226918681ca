// The console: React over typed operations of the API that everybody else uses.

import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { Console } from './console.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { PageNotLoaded } from './shell/later.tsx';
import { applyTheme, chosenTheme } from './shell/theme.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/pages.css';

applyTheme(chosenTheme());

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root, {
  // Said on the page, where it can be read.
  onCaughtError: (error) => {
    if (!(error instanceof PageNotLoaded)) console.error(error);
  },
}).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <SessionGate>
          <Console />
        </SessionGate>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
