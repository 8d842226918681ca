// A master key as the settings have it, made for this run: one that anybody could guess is refused.

import { randomBytes } from 'node:crypto';

export const masterKey = randomBytes(32).toString('base64');
