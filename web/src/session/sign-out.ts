// Ends the session here and in the other tabs, and leaves nothing of it in this one.

import { SignOutDocument } from '../../operations/documents.ts';
import { apiErrorOf } from '../api/api-error.ts';
import { requestOnce } from '../api/request.ts';
import { tellOtherTabs } from './session-store.ts';

/** @throws ApiError when the server could not be told: the session is still alive then. */
export async function signOut(): Promise<void> {
  try {
    await requestOnce(SignOutDocument, {});
  } catch (thrown) {
    // A session that has ended already needs no ending.
    if (apiErrorOf(thrown).code !== 'UNAUTHENTICATED') throw thrown;
  }
  tellOtherTabs('signed-out');
  window.location.assign('/');
}
