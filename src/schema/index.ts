// Imports the files that define types and fields, and exports the schema they make.

import { specifiedDirectives } from 'graphql';
import { builder } from './builder.ts';
import { directives, withDirectives } from './directives.ts';
import './scope.ts';
import './account.ts';
import './credential.ts';
import './credential-changes.ts';
import './viewer.ts';
import './session.ts';
import './audit-event.ts';
import './token.ts';
import './data/conversation.ts';
import './data/interaction.ts';
import './data/neighbours.ts';
import './data/plugin-call.ts';
import './data/plugin-resource.ts';
import './data/statistics.ts';
import './data/user.ts';

export const schema = withDirectives(
  builder.toSchema({ directives: [...specifiedDirectives, ...directives] }),
);
