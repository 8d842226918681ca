// What was read is kept for a moment; what was sent, and the replies to it, never are: secrets and passwords pass there.

import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './api-error.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 5 * 60_000,
      // A browser's guess at being offline says nothing about a server on this machine.
      networkMode: 'always',
      retry: (failures, error) => error instanceof ApiError && error.passing && failures < 2,
      retryDelay: (failures) => 400 * 2 ** failures,
    },
  },
});
