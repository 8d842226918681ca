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
import { AuthenticationTypeEnum, CredentialType, clientIdOf } from './credential.ts';
import { ScopeNameEnum } from './scope.ts';
import { userErrorsField } from './user-error.ts';

const superAdmin = { superAdmin: true };

interface ShownSecret {
  clientId: string | null;
  plaintext: string;
}
const ApiKeySecret = builder.objectRef<ShownSecret>('ApiKeySecret').implement({
  description: 'A new API key, shown this once.',
  authScopes: superAdmin,
  fields: (t) => ({
    apiKey: t.exposeString('plaintext', {
      description: 'It begins with lk_key_, and goes into the header Authorization, after Bearer or alone.',
    }),
  }),
});
const OAuthClientSecret = builder.objectRef<ShownSecret>('OAuthClientSecret').implement({
  description: "A new OAuth client's id and secret, shown this once.",
  authScopes: superAdmin,
  fields: (t) => ({
    clientId: t.id({
      description: "The credential's id, which is no secret.",
      resolve: (secret) => secret.clientId ?? '',
    }),
    clientSecret: t.exposeString('plaintext', {
      description: 'It begins with lk_sec_. Trade it for tokens at POST /oauth/v1/token.',
    }),
  }),
});
const CredentialSecret = builder.unionType('CredentialSecret', {
  description: 'Returned once, by the mutation that made it.',
  types: [ApiKeySecret, OAuthClientSecret],
  resolveType: (secret) => (secret.clientId === null ? ApiKeySecret : OAuthClientSecret),
});

const nameText = 'At most 100 characters. It need not be unique.';
const idText = 'It begins with cred_; an unknown one is NOT_FOUND.';

const CreateCredentialInput = builder.inputType('CreateCredentialInput', {
  description: 'The credential to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: nameText }),
    authenticationType: t.field({
      type: AuthenticationTypeEnum,
      defaultValue: 'OAUTH2_CLIENT_CREDENTIALS',
      description: 'It cannot be changed later.',
    }),
    scopes: t.field({ type: [ScopeNameEnum], required: true, description: 'At least one, and each once.' }),
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
    id: t.id({ required: true, description: idText }),
    name: t.string({ description: nameText }),
    scopes: t.field({
      type: [ScopeNameEnum],
      description: 'All that it is to have from now on: at least one, and each once.',
    }),
  }),
});
const RevokeCredentialInput = builder.inputType('RevokeCredentialInput', {
  description: 'Which credential is to end.',
  fields: (t) => ({ id: t.id({ required: true, description: idText }) }),
});
const AddCredentialKeyInput = builder.inputType('AddCredentialKeyInput', {
  description: 'Which OAuth client gets which public key.',
  fields: (t) => ({
    credentialId: t.id({ required: true, description: 'Of an OAuth client: an API key is NOT_PERMITTED.' }),
    jwk: t.field({
      type: 'JWK',
      required: true,
      description:
        'A public key: EC on P-256, OKP on Ed25519, or RSA of 2048 to 4096 bits with alg PS256 or RS256. Never a private one.',
    }),
  }),
});
const RemoveCredentialKeyInput = builder.inputType('RemoveCredentialKeyInput', {
  description: 'Which public key of which OAuth client is to go.',
  fields: (t) => ({
    credentialId: t.id({ required: true, description: idText }),
    kid: t.string({ required: true, description: 'As Credential.publicKeys has it.' }),
  }),
});

const nullWhenRefused = 'Null when there are userErrors.';

const CreateCredentialPayload = builder
  .objectRef<Outcome<CreatedCredential>>('CreateCredentialPayload')
  .implement({
    description: 'The credential and its secret, or why there are none.',
    authScopes: superAdmin,
    fields: (t) => ({
      credential: t.field({
        type: CredentialType,
        nullable: true,
        description: nullWhenRefused,
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
      userErrors: t.field(userErrorsField),
    }),
  });

const payload = (name: string) =>
  builder.objectRef<Outcome<Credential>>(name).implement({
    description: 'The credential after the change, or why there was none.',
    authScopes: superAdmin,
    fields: (t) => ({
      credential: t.field({
        type: CredentialType,
        nullable: true,
        description: nullWhenRefused,
        resolve: ({ value }) => value ?? null,
      }),
      userErrors: t.field(userErrorsField),
    }),
  });
const UpdateCredentialPayload = payload('UpdateCredentialPayload');
const RevokeCredentialPayload = payload('RevokeCredentialPayload');
const AddCredentialKeyPayload = payload('AddCredentialKeyPayload');
const RemoveCredentialKeyPayload = payload('RemoveCredentialKeyPayload');

builder.mutationFields((t) => ({
  createCredential: t.field({
    type: CreateCredentialPayload,
    description:
      'Makes an API key or an OAuth client. Its secret is in this reply and cannot be shown again. To be able to send it again, give an idempotencyKey.',
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
    description:
      'Changes the name, the scopes, or both. Narrowing bites on the next request; widening does not reach tokens already issued.',
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
    description:
      'Final. The next request with its key, secret, or any of its tokens is refused. Done again, it changes nothing.',
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
    description:
      'The next request for a token that is signed with the key is refused. Tokens that it got before go on until they run out.',
    authScopes: superAdmin,
    args: { input: t.arg({ type: RemoveCredentialKeyInput, required: true }) },
    resolve: (_root, { input }, context) =>
      removeCredentialKey(context.auth, administratorOf(context), input),
  }),
}));
