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
import type { Account, AccountKind, AccountRole, AccountStatus } from '../db/tables.ts';
import { builder } from './builder.ts';
import { administratorOf, readsDb } from './context.ts';
import { enumValues } from './enum-values.ts';
import { safeText } from './input.ts';
import { connect, connectionType, listExtensions, pageArguments } from './page.ts';
import { userErrorsField } from './user-error.ts';

const AccountKindEnum = builder.enumType('AccountKind', {
  description: 'Whom an account stands for.',
  values: enumValues<AccountKind>({
    PERSON: 'Signs in with e-mail address and password.',
    SERVICE_ACCOUNT: 'Cannot sign in: it is there to own credentials, whoever comes and goes.',
  }),
});
const AccountRoleEnum = builder.enumType('AccountRole', {
  description: 'What an account may do.',
  values: enumValues<AccountRole>({
    SUPER_ADMIN: 'Changes accounts and credentials, and reads the audit trail and all of the Data API.',
    MEMBER: 'May own credentials. Reads no records, and administers nothing.',
  }),
});
const AccountStatusEnum = builder.enumType('AccountStatus', {
  description: 'Whether an account and its credentials work.',
  values: enumValues<AccountStatus>({
    ACTIVE: 'They work.',
    DEACTIVATED: 'No sign-in, and its credentials are SUSPENDED, until it is reactivated.',
    DELETED: 'As deactivated, for good. Its e-mail address may be given to another.',
  }),
});

// Public as a type: a member sees her own account as `viewer`, and every other path to one is @superAdmin.
export const AccountType = builder.objectRef<Account>('Account').implement({
  description: 'A person or a service account of the organisation.',
  authScopes: { public: true },
  fields: (t) => ({
    id: t.exposeID('id', { description: 'It begins with acc_.' }),
    kind: t.expose('kind', { type: AccountKindEnum, description: 'Fixed at creation.' }),
    role: t.expose('role', { type: AccountRoleEnum, description: 'Of service accounts always MEMBER.' }),
    status: t.expose('status', {
      type: AccountStatusEnum,
      description: 'Read for every request: what changes it counts at once.',
    }),
    name: t.exposeString('name', { description: 'For people. Several accounts may have one name.' }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'What a person signs in with; null for service accounts.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'Accounts are listed in this order.',
      resolve: (account) => account.created_at,
    }),
  }),
});

const AccountFilter = builder.inputType('AccountFilter', {
  description: 'An account must meet all that is given.',
  fields: (t) => ({
    search: t.string({ description: 'Part of the name or the e-mail address, in any case.' }),
    kind: t.field({ type: AccountKindEnum, description: 'Only people, or only service accounts.' }),
    role: t.field({ type: AccountRoleEnum, description: 'MEMBER finds service accounts too.' }),
    status: t.field({ type: [AccountStatusEnum], description: 'Absent: those that are not deleted.' }),
  }),
});

const AccountConnection = connectionType('Account', AccountType, { superAdmin: true });
const sizes = { usual: 50, most: 200 };

builder.queryField('accounts', (t) =>
  t.field({
    type: AccountConnection,
    description: 'People and service accounts, oldest first.',
    authScopes: { superAdmin: true },
    extensions: listExtensions(sizes),
    args: {
      ...pageArguments(sizes),
      filter: t.arg({ type: AccountFilter, description: 'When absent, all that are not deleted.' }),
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
        read: (request) => listAccounts(readsDb(context), organizationId, wanted, request),
        count: () => countAccounts(readsDb(context), organizationId, wanted),
      });
    },
  }),
);

const CreateAccountInput = builder.inputType('CreateAccountInput', {
  description: 'The person or service account to create.',
  fields: (t) => ({
    kind: t.field({ type: AccountKindEnum, required: true, description: 'It cannot be changed later.' }),
    name: t.string({ required: true, description: 'At most 100 characters. It need not be unique.' }),
    email: t.string({
      description: 'People only, and required for them. No other account may have it that is not deleted.',
    }),
    password: t.string({ description: 'People only, and required for them: 12 to 256 characters.' }),
    role: t.field({
      type: AccountRoleEnum,
      defaultValue: 'MEMBER',
      description: 'A service account is always a MEMBER.',
    }),
  }),
});
const AccountInput = builder.inputType('AccountInput', {
  description: 'Which account it is done to.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'It begins with acc_; an unknown one is NOT_FOUND.' }),
  }),
});
const ChangeAccountRoleInput = builder.inputType('ChangeAccountRoleInput', {
  description: 'Which person, and what the person is to be.',
  fields: (t) => ({
    id: t.id({ required: true, description: "Of a person: a service account's role cannot be changed." }),
    role: t.field({
      type: AccountRoleEnum,
      required: true,
      description: 'The last active Super Admin cannot become a MEMBER.',
    }),
  }),
});

const payload = (name: string) =>
  builder.objectRef<Outcome<Account>>(name).implement({
    description: 'The account after the change, or why there was none.',
    authScopes: { superAdmin: true },
    fields: (t) => ({
      account: t.field({
        type: AccountType,
        nullable: true,
        description: 'Null when there are userErrors.',
        resolve: (outcome) => outcome.value ?? null,
      }),
      userErrors: t.field(userErrorsField),
    }),
  });
const CreateAccountPayload = payload('CreateAccountPayload');
const AccountPayload = payload('AccountPayload');

builder.mutationFields((t) => ({
  createAccount: t.field({
    type: CreateAccountPayload,
    description: 'Makes a person, who can sign in at once, or a service account.',
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
      'Ends its sessions and stops its credentials and their tokens at once, until it is reactivated. Refused for the last active Super Admin.',
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: AccountInput, required: true }) },
    resolve: (_root, { input }, context) =>
      deactivateAccount(context.auth, administratorOf(context), input.id),
  }),
  reactivateAccount: t.field({
    type: AccountPayload,
    description:
      'Brings a deactivated account back, and its credentials with it; tokens that have not run out work again.',
    authScopes: { superAdmin: true },
    args: { input: t.arg({ type: AccountInput, required: true }) },
    resolve: (_root, { input }, context) =>
      reactivateAccount(context.auth, administratorOf(context), input.id),
  }),
  deleteAccount: t.field({
    type: AccountPayload,
    description:
      'Final: its sessions end and its credentials stop for good. Refused for the last active Super Admin.',
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
