// What each plugin of the sample finds: resources of the product's types, with the details that go with each type.

import type { DataRecord } from '../records.ts';
import type { Dice } from './dice.ts';
import type { Story } from './story.ts';
import type { Article, Topic } from './texts.ts';

type Detail = NonNullable<DataRecord<'plugin_resources'>['detail']>;

const siteUrl = 'https://intranet.example.com';

/** The resource types that a plugin's call brings, in order. Types that are not here have no detail: see `detailOf`. */
const typesByPlugin: Record<string, readonly string[]> = {
  'Enterprise Search': ['KNOWLEDGE', 'KNOWLEDGE', 'FILE', 'INTERNAL_KNOWLEDGE', 'PERSON', 'MESSAGE'],
  Forms: ['FORM', 'FORM'],
  'Create Ticket': ['TICKET'],
  'Ticket Information': ['TICKET', 'TICKET'],
  'Approval Information': ['APPROVAL', 'APPROVAL'],
  'Update Approval Record': ['APPROVAL'],
  'Grant Software Access': ['SOFTWARE', 'FORM'],
  'Add User to a Group': ['GROUP', 'PERSON'],
  'People Registry': ['PERSON', 'PERSON'],
  'Reset MFA': ['IDENTITY_SYSTEM'],
  'Brief Me (Interactions)': ['UPLOADED_CONTENT'],
  lookup_pto_balance: ['RECORD'],
  'Code Interpreter': ['UNSPECIFIED'],
};

/** Adds what the plugin's call found, and what was weighed beside it without a call of its own. */
export function addFindings(story: Story, topic: Topic, plugin: string, pluginCallId: string): void {
  const types = typesByPlugin[plugin] ?? [];
  for (const [place, type] of types.entries()) {
    if (place > 1 && story.dice.chance(0.4)) continue;
    addFinding(story, topic, { type, pluginCallId, cited: place === 0 && story.dice.chance(0.8) });
  }
  if (!types.includes('KNOWLEDGE')) return;
  for (let i = story.dice.between(1, 4); i > 0; i -= 1) {
    addFinding(story, topic, {
      type: story.dice.pick(['KNOWLEDGE', 'FILE']),
      pluginCallId: null,
      cited: false,
    });
  }
}

function addFinding(
  story: Story,
  topic: Topic,
  found: { type: string; pluginCallId: string | null; cited: boolean },
): void {
  story.find({
    ...found,
    type: `RESOURCE_TYPE_${found.type}`,
    resourceId: resourceIdOf(story.dice, found.type),
    detail: detailOf(story.dice, found.type, topic),
  });
}

function resourceIdOf(dice: Dice, type: string): string {
  if (type === 'TICKET') return ticketNumber(dice);
  if (type === 'APPROVAL') return `${dice.shortId()}.approver@example.com`;
  if (type === 'SOFTWARE') return dice.pick(['diagrams', 'design-suite', 'sales-dashboard']);
  if (type === 'GROUP') return dice.pick(['Launch', 'Analytics', 'All Hands']);
  if (type === 'IDENTITY_SYSTEM') return 'okta';
  if (type === 'MESSAGE') return '0';
  if (type === 'UPLOADED_CONTENT') return String(dice.between(1, 3));
  return dice.chance(0.5) ? dice.hexId() : dice.numberId();
}

export const ticketNumber = (dice: Dice): string =>
  dice.pick([
    `INC00${dice.between(10_000, 99_999)}`,
    `RITM00${dice.between(10_000, 99_999)}`,
    `HR-${dice.between(100, 9_999)}`,
  ]);

function detailOf(dice: Dice, type: string, topic: Topic): Detail | null {
  const article = dice.pick(topic.articles);
  const domain = topic.domain;
  if (type === 'KNOWLEDGE')
    return { domain, external_resource_id: dice.hexId(), ...articleOf(article, dice, 'articles') };
  if (type === 'FILE') return fileOf(article, dice);
  if (type === 'FORM') return { domain, external_resource_id: dice.hexId(), name: article.name };
  if (type === 'TICKET') return ticketOf(dice, domain);
  if (type === 'APPROVAL')
    return { domain: 'UNKNOWN', source: dice.pick(['moveworks', 'snow']), type: 'UNKNOWN_TYPE' };
  return null;
}

const articleOf = ({ name, snippet }: Article, dice: Dice, folder: string): Detail => ({
  name,
  snippet,
  url: `${siteUrl}/${folder}/${dice.between(1_000, 9_999)}`,
});

/** A file that was found by its contents alone has neither name nor address. */
const fileOf = (article: Article, dice: Dice): Detail =>
  dice.chance(0.4) ? { name: null, snippet: article.snippet, url: null } : articleOf(article, dice, 'files');

const ticketOf = (dice: Dice, domain: string): Detail => ({
  domain,
  source: dice.pick(['snow', 'jira_service_desk']),
  ticket_type: domain === 'HR' ? 'HR_CASE' : dice.pick(['INCIDENT', 'REQUEST_ITEM']),
  type: dice.pick([null, 'BOT_INITIATED_TICKET', 'USER_INITIATED_TICKET', 'REQUEST_ITEM']),
  url: `${siteUrl}/tickets/${dice.between(1_000, 9_999)}`,
});
