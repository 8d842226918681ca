// @latchkey/client: what it exports, and nothing else.

export { type Auth, apiKey } from './auth.js';
export { type Client, type ClientOptions, createClient, type List, type RequestOptions } from './client.js';
export {
  type AccessToken,
  type ClientCredentialsOptions,
  clientCredentials,
  type TokenSource,
} from './client-credentials.js';
export type * from './data-api.js';
export type { TypedDocument } from './document.js';
export { type ErrorCode, type GraphqlError, LatchkeyError } from './error.js';
export type { HttpOptions } from './exchange.js';
export type { ExportedRecord, ExportOptions } from './export.js';
export type {
  FieldOf,
  ListOptions,
  Page,
  ReadOptions,
  RecordOf,
  ResourceName,
  SyncBatch,
} from './records.js';
export type { Clock, Retry } from './retry.js';
export { type AccessTokenClaims, AccessTokenError, type VerifyOptions, verifyAccessToken } from './verify.js';
