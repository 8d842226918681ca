// Credentials created, edited, and revoked by Super Admins; the one place where a secret is shown.

import { addCredentialKey, mostKeys, removeCredentialKey } from '../auth/credential-keys.ts';
import {
  type CreatedCredential,
  createCredential,
  revokeCredential,
  updateCredential,
} from '../auth/credentials.ts';
import type { Outcome } from '../auth/outcome.ts';
import type { Credential } from '../db/credentials.ts';
import { builder } from './builder.ts';
import { administratorOf } from './context.ts';
import { AuthenticationType, CredentialType, clientIdOf } from './credential.ts';
import { ScopeNameEnum } from './scope.ts';
import { UserErrorType } from './user-error.ts';

const superAdmin = { superAdmin: true };

interface ShownSecret {
  clientId: string | null;
  plaintext: string;
}
const ApiKeySecret = builder.objectRef<ShownSecret>('ApiKeySecret').implement({
  authScopes: superAdmin,
  fields: (t) => ({ apiKey: t.exposeString('plaintext') }),
});
const OAuthClientSecret = builder.objectRef<ShownSecret>('OAuthClientSecret').implement({
  authScopes: superAdmin,
  fields: (t) => ({
    clientId: t.id({ resolve: (secret) => secret.clientId ?? '' }),
    clientSecret: t.exposeString('plaintext'),
  }),
});
const CredentialSecret = builder.unionType('CredentialSecret', {
  description: 'Returned once, by the mutation that made it.',
  types: [ApiKeySecret, OAuthClientSecret],
  resolveType: (secret) => (secret.clientId === null ? ApiKeySecret : OAuthClientSecret),
});

const CreateCredentialInput = builder.inputType('CreateCredentialInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    authenticationType: t.field({ type: AuthenticationType, defaultValue: 'OAUTH2_CLIENT_CREDENTIALS' }),
    scopes: t.field({ type: [ScopeNameEnum], required: true }),
    ownerAccountId: t.id({ description: 'The caller when absent; a service account is the better choice.' }),
    idempotencyKey: t.string({
      description:
        'Makes it safe to send the creation again: 1 to 200 visible ASCII characters of your choice, such as a random UUID, one for each credential that you want. With the same key and input you get the credential that is there already; with other input, a CONFLICT. Keys are kept for good, and are your own: those of other accounts do not touch them.',
    }),
  }),
});
const UpdateCredentialInput = builder.inputType('UpdateCredentialInput', {
  description: 'What is absent stays as it is. The authentication type is fixed at creation.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    scopes: t.field({ type: [ScopeNameEnum] }),
  }),
});
const RevokeCredentialInput = builder.inputType('RevokeCredentialInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});
const AddCredentialKeyInput = builder.inputType('AddCredentialKeyInput', {
  fields: (t) => ({
    credentialId: t.id({ required: true }),
    jwk: t.field({
      type: 'JWK',
      required: true,
      description:
        'A public key: EC on P-256, OKP on Ed25519, or RSA of 2048 to 4096 bits with alg PS256 or RS256. Never a private one.',
    }),
  }),
});
const RemoveCredentialKeyInput = builder.inputType('RemoveCredentialKeyInput', {
  fields: (t) => ({ credentialId: t.id({ required: true }), kid: t.string({ required: true }) }),
});

const CreateCredentialPayload = builder
  .objectRef<Outcome<CreatedCredential>>('CreateCredentialPayload')
  .implement({
    authScopes: superAdmin,
    fields: (t) => ({
      credential: t.field({
        type: CredentialType,
        nullable: true,
        resolve: ({ value }) => value?.credential ?? null,
      }),
      secret: t.field({
        type: CredentialSecret,
        nullable: true,
        description: 'The one time that the key or secret is shown. Null when alreadyCreated.',
        resolve: ({ value }) =>
          value?.secret === undefined
            ? null
            : { clientId: clientIdOf(value.credential), plaintext: value.secret },
      }),
      alreadyCreated: t.boolean({
        description:
          'An earlier request with this idempotency key created the credential, and nothing was created now. Its secret is not stored: if the reply that showed it was lost, revoke this credential and create another with a new key.',
        resolve: ({ value }) => value !== undefined && value.secret === undefined,
      }),
      userErrors: t.field({ type: [UserErrorType], resolve: ({ userErrors }) => userErrors ?? [] }),
    }),
  });

const payload = (name: string) =>
  builder.objectRef<Outcome<Credential>>(name).implement({
    authScopes: superAdmin,
    fields: (t) => ({
      credential: t.field({ type: CredentialType, nullable: true, resolve: ({ value }) => value ?? null }),
      userErrors: t.field({ type: [UserErrorType], resolve: ({ userErrors }) => userErrors ?? [] }),
    }),
  });
const UpdateCredentialPayload = payload('UpdateCredentialPayload');
const RevokeCredentialPayload = payload('RevokeCredentialPayload');
const AddCredentialKeyPayload = payload('AddCredentialKeyPayload');
const RemoveCredentialKeyPayload = payload('RemoveCredentialKeyPayload');

builder.mutationFields((t) => ({
  createCredential: t.field({
    type: CreateCredentialPayload,
    authScopes: superAdmin,
    args: { input: t.arg({ type: CreateCredentialInput, required: true }) },
    resolve: (_root, { input }, context) =>
      createCredential(context.auth, administratorOf(context), {
        name: input.name,
        authenticationType: input.authenticationType ?? 'OAUTH2_CLIENT_CREDENTIALS',
        scopes: input.scopes,
        ownerAccountId: input.ownerAccountId ?? undefined,
        idempotencyKey: input.idempotencyKey ?? undefined,
      }),
  }),
  updateCredential: t.field({
    type: UpdateCredentialPayload,
    description: 'Narrowing bites on the next request; widening does not reach tokens already issued.',
    authScopes: superAdmin,
    args: { input: t.arg({ type: UpdateCredentialInput, required: true }) },
    resolve: (_root, { input }, context) =>
      updateCredential(context.auth, administratorOf(context), {
        id: input.id,
        name: input.name ?? undefined,
        scopes: input.scopes ?? undefined,
      }),
  }),
  revokeCredential: t.field({
    type: RevokeCredentialPayload,
    description: 'Final. The next request with its key, secret, or any of its tokens is refused.',
    authScopes: superAdmin,
    args: { input: t.arg({ type: RevokeCredentialInput, required: true }) },
    resolve: (_root, { input }, context) =>
      revokeCredential(context.auth, administratorOf(context), input.id),
  }),
  addCredentialKey: t.field({
    type: AddCredentialKeyPayload,
    description: `Registers a public key, by which an OAuth client gets tokens without its secret; at most ${mostKeys}.`,
    authScopes: superAdmin,
    args: { input: t.arg({ type: AddCredentialKeyInput, required: true }) },
    resolve: (_root, { input }, context) => addCredentialKey(context.auth, administratorOf(context), input),
  }),
  removeCredentialKey: t.field({
    type: RemoveCredentialKeyPayload,
    description: 'The next request for a token that is signed with the key is refused.',
    authScopes: superAdmin,
    args: { input: t.arg({ type: RemoveCredentialKeyInput, required: true }) },
    resolve: (_root, { input }, context) =>
      removeCredentialKey(context.auth, administratorOf(context), input),
  }),
}));
