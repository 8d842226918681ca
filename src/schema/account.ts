// Accounts: people and service accounts, and what a Super Admin may do to them.

import {
  changeAccountRole,
  createAccount,
  deactivateAccount,
  deleteAccount,
  reactivateAccount,
} from '../auth/accounts.ts';
import type { Outcome } from '../auth/outcome.ts';
import { countAccounts, listAccounts } from '../db/accounts.ts';
import { type Account, accountKinds, accountRoles, accountStatuses } from '../db/tables.ts';
import { builder } from './builder.ts';
import { administratorOf } from './context.ts';
import { safeText } from './input.ts';
import { connect, connectionType, listExtensions } from './page.ts';
import { UserErrorType } from './user-error.ts';

const AccountKind = builder.enumType('AccountKind', { values: accountKinds });
const AccountRole = builder.enumType('AccountRole', { values: accountRoles });
const AccountStatus = builder.enumType('AccountStatus', { values: accountStatuses });

// Public as a type: a member sees her own account as `viewer`, and every other path to one is @superAdmin.
export const AccountType = builder.objectRef<Account>('Account').implement({
  authScopes: { public: true },
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.expose('kind', { type: AccountKind }),
    role: t.expose('role', { type: AccountRole }),
    status: t.expose('status', { type: AccountStatus }),
    name: t.exposeString('name'),
    email: t.exposeString('email', { nullable: true }),
    createdAt: t.field({ type: 'DateTime', resolve: (account) => account.created_at }),
  }),
});

const AccountFilter = builder.inputType('AccountFilter', {
  fields: (t) => ({
    search: t.string({ description: 'Part of the name or the e-mail address, in any case.' }),
    kind: t.field({ type: AccountKind }),
    role: t.field({ type: AccountRole }),
    status: t.field({ type: [AccountStatus], description: 'Absent: those that are not deleted.' }),
  }),
});

const AccountConnection = connectionType('Account', AccountType, { superAdmin: true });
const sizes = { usual: 50, most: 200 };

builder.queryField('accounts', (t) =>
  t.field({
    type: AccountConnection,
    description: 'Oldest first.',
    authScopes: { superAdmin: true },
    extensions: listExtensions(sizes),
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: AccountFilter }),
    },
    resolve: (_root, { filter, ...page }, context) => {
      const { organizationId } = administratorOf(context);
      const wanted = {
        ...(filter?.search != null && { search: safeText(filter.search, 'filter.search') }),
        ...(filter?.kind != null && { kind: filter.kind }),
        ...(filter?.role != null && { role: filter.role }),
        ...(filter?.status != null && { status: filter.status }),
      };
      return connect(context, { organizationId, list: 'accounts', order: 'created_at asc' }, page, {
        sizes,
        position: (account: Account) => [account.created_at, account.id],
        read: (request) => listAccounts(context.auth.db, organizationId, wanted, request),
        count: () => countAccounts(context.auth.db, organizationId, wanted),
      });
    },
  }),
);

const CreateAccountInput = builder.inputType('CreateAccountInput', {
  fields: (t) => ({
    kind: t.field({ type: AccountKind, required: true }),
    name: t.string({ required: true }),
    email: t.string({ description: 'People only, and required for them.' }),
    password: t.string({ description: 'People only, and required for them: 12 to 256 characters.' }),
    role: t.field({ type: AccountRole, defaultValue: 'MEMBER' }),
  }),
});
const AccountInput = builder.inputType('AccountInput', { fields: (t) => ({ id: t.id({ required: true }) }) });
const ChangeAccountRoleInput = builder.inputType('ChangeAccountRoleInput', {
  fields: (t) => ({ id: t.id({ required: true }), role: t.field({ type: AccountRole, required: true }) }),
});

const payload = (name: string) =>
  builder.objectRef<Outcome<Account>>(name).implement({
    authScopes: { superAdmin: true },
    fields: (t) => ({
      account: t.field({ type: AccountType, nullable: true, resolve: (outcome) => outcome.value ?? null }),
      userErrors: t.field({ type: [UserErrorType], resolve: (outcome) => outcome.userErrors ?? [] }),
    }),
  });
const CreateAccountPayload = payload('CreateAccountPayload');
const AccountPayload = payload('AccountPayload');

builder.mutationFields((t) => ({
  createAccount: t.field({
    type: CreateAccountPayload,
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: CreateAccountInput, required: true }) },
    resolve: (_root, { input }, context) =>
      createAccount(context.auth, administratorOf(context), {
        kind: input.kind,
        name: input.name,
        email: input.email ?? undefined,
        password: input.password ?? undefined,
        role: input.role ?? 'MEMBER',
      }),
  }),
  deactivateAccount: t.field({
    type: AccountPayload,
    description:
      'Ends its sessions and stops its credentials and their tokens at once, until it is reactivated.',
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: AccountInput, required: true }) },
    resolve: (_root, { input }, context) =>
      deactivateAccount(context.auth, administratorOf(context), input.id),
  }),
  reactivateAccount: t.field({
    type: AccountPayload,
    description: 'Brings a deactivated account back, and its credentials with it.',
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: AccountInput, required: true }) },
    resolve: (_root, { input }, context) =>
      reactivateAccount(context.auth, administratorOf(context), input.id),
  }),
  deleteAccount: t.field({
    type: AccountPayload,
    description: 'Final: its sessions end and its credentials stop for good.',
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: AccountInput, required: true }) },
    resolve: (_root, { input }, context) => deleteAccount(context.auth, administratorOf(context), input.id),
  }),
  changeAccountRole: t.field({
    type: AccountPayload,
    description: "Makes a person a Super Admin, or no longer one. The person's sessions end.",
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: ChangeAccountRoleInput, required: true }) },
    resolve: (_root, { input }, context) =>
      changeAccountRole(context.auth, administratorOf(context), input.id, input.role),
  }),
}));
