// One conversation of the sample: how it begins (a message, a notification, a ticket, a channel) and what follows.

import { Dice } from './dice.ts';
import { addFindings, ticketNumber } from './findings.ts';
import { type Opening, Story, type StorySetting } from './story.ts';
import { type Topic, topics } from './texts.ts';

/** Tells the conversation with this number. The same number always tells the same story. */
export function tellConversation(
  seed: number,
  index: number,
  who: Omit<StorySetting, 'seed' | 'dice'>,
): Story {
  const dice = new Dice(seed, 'conversation', index);
  const topic = dice.pick(topics);
  const kind = dice.fraction();
  const tell =
    kind < 0.78 ? tellDirectMessage : kind < 0.9 ? tellNotification : kind < 0.95 ? tellTicket : tellChannel;
  return tell({ ...who, seed, dice }, topic);
}

function tellDirectMessage(setting: StorySetting, topic: Topic): Story {
  const { dice } = setting;
  const story = new Story(setting, opening('DM', dice.chance(0.1) ? null : topic.domain));
  askAndAnswer(story, topic);
  const steps = [followLink, fileTicket, confirm, giveFeedback, uploadDocument, askForPerson, askAndAnswer];
  for (let i = dice.between(0, 4); i > 0; i -= 1) dice.pick(steps)(story, topic);
  return story;
}

function askAndAnswer(story: Story, topic: Topic): void {
  const { dice } = story;
  const entity = dice.chance(0.25) ? null : topic.entity;
  story.userDoes('INTERACTION_TYPE_FREE_TEXT', {
    content: dice.pick(topic.asks),
    domain: topic.domain,
    entity,
  });
  runPlugin(story, topic, topic.plugin);
  if (dice.chance(0.5))
    story.runPlugin({
      name: dice.pick(['Forms', 'People Registry', 'Smart Handoff']),
      served: false,
      used: false,
    });
  story.assistantSays(dice.pick(topic.answers));
}

/** Search is used whenever it is served; other plugins are used when the person goes through with it. */
function runPlugin(story: Story, topic: Topic, name: string): void {
  const used = name === 'Enterprise Search' || story.dice.chance(0.7);
  addFindings(story, topic, name, story.runPlugin({ name, served: true, used }));
}

function followLink(story: Story): void {
  const { dice } = story;
  const internal = {
    resource_id: dice.pick(['GET_HELP', 'INFO', 'UI_FORM']),
    type: 'RESOURCE_TYPE_INTERNAL_LINK',
  };
  const form = {
    content: `https://intranet.example.com/forms/${dice.between(100, 999)}`,
    resource_id: dice.numberId(),
    type: 'RESOURCE_TYPE_FORM',
  };
  story.userDoes('INTERACTION_TYPE_LINK_CLICK', dice.pick([internal, form]));
}

function giveFeedback(story: Story): void {
  const resource_id = story.dice.pick(['HELPFUL', 'HELPFUL', 'UNHELPFUL']);
  story.userDoes('INTERACTION_TYPE_LINK_CLICK', { resource_id, type: 'RESOURCE_TYPE_INTERNAL_LINK' });
}

function fileTicket(story: Story, topic: Topic): void {
  const { dice } = story;
  const ticket = ticketNumber(dice);
  const detail = { detail: ticket, resource_id: dice.numberId(), type: 'RESOURCE_TYPE_FORM' };
  story.userDoes(
    'INTERACTION_TYPE_UIFORM_SUBMISSION',
    detail,
    dice.pick(['file_ticket', 'file_ticket', 'mw_form']),
  );
  runPlugin(story, topic, 'Create Ticket');
  story.assistantSays(`I have filed ${ticket} for you and will tell you when something happens.`);
}

function askForPerson(story: Story): void {
  story.userDoes('INTERACTION_TYPE_UIFORM_SUBMISSION', { detail: 'Live agent chat request' }, 'handoff');
  story.runPlugin({ name: 'Start Live Agent Chat', served: true, used: story.dice.chance(0.6) });
  story.assistantSays('A colleague from the service desk will be with you in a few minutes.');
}

function confirm(story: Story): void {
  story.userDoes('INTERACTION_TYPE_BUTTON_CLICK', {
    content: story.dice.pick(['Yes', 'No, thanks', 'That solved it']),
  });
  story.assistantSays('Good. Tell me when there is anything else.');
}

function uploadDocument(story: Story, topic: Topic): void {
  const file_types = story.dice.pick([['pdf'], ['pdf', 'pdf'], ['docx'], ['png']]);
  story.userDoes('INTERACTION_TYPE_CONTENT_UPLOAD', { content: null, file_types });
  runPlugin(story, topic, 'Brief Me (Interactions)');
  story.assistantSays('In short: the document sets out who decides what, and by when.');
}

function tellNotification(setting: StorySetting, topic: Topic): Story {
  const { dice } = setting;
  const story = new Story(setting, dice.pick(notifications)(dice, topic));
  // Many are read and never answered: the product keeps a conversation for them without an interaction.
  if (dice.chance(0.4)) return story;
  story.userDoes('INTERACTION_TYPE_BUTTON_CLICK', {
    content: dice.pick(['Approve', 'Show details', 'Remind me later']),
  });
  runPlugin(story, topic, dice.pick(['Update Approval Record', 'Ticket Information']));
  story.assistantSays('Done. I will let you know when there is news.');
  return story;
}

function tellTicket(setting: StorySetting, topic: Topic): Story {
  const { dice } = setting;
  const detail = { ticket_id: ticketNumber(dice), content: dice.pick(topic.asks) };
  const story = new Story(setting, {
    ...opening('Ticket', topic.domain),
    type: 'CONVERSATION_TYPE_TICKET_INTERCEPTION',
    detail,
  });
  confirm(story);
  return story;
}

function tellChannel(setting: StorySetting, topic: Topic): Story {
  const { dice } = setting;
  const name = dice.pick(['help-it', 'ask-hr', 'office-life']);
  const detail = {
    channel_id: `C${dice.hexId().slice(0, 10).toUpperCase()}`,
    channel_name: name,
    content: dice.pick(topic.asks),
  };
  const story = new Story(setting, {
    ...opening('Channel', topic.domain),
    type: 'CONVERSATION_TYPE_CHANNEL_INTERCEPTION',
    detail,
  });
  askAndAnswer(story, topic);
  return story;
}

const opening = (route: string, primary_domain: string | null): Opening => ({
  route,
  primary_domain,
  type: null,
  detail: null,
});

function notification(name: string, detail: (dice: Dice, topic: Topic) => Opening['detail']) {
  return (dice: Dice, topic: Topic): Opening => ({
    route: 'Notification',
    primary_domain: topic.domain,
    type: `CONVERSATION_TYPE_${name}_NOTIFICATION`,
    detail: detail(dice, topic),
  });
}

const ticket = (dice: Dice) => ({ ticket_id: ticketNumber(dice) });
const useCase = (dice: Dice) => ({
  usecase_id: dice.hexId(),
  usecase_name: dice.pick(['Welcome to the team', 'Licence about to expire']),
});
const campaign = (dice: Dice) => ({
  campaign_id: dice.hexId(),
  campaign_name: dice.pick(['Benefits week', 'New travel portal']),
});
const none = () => null;

const notifications = [
  notification('APPROVAL_REQUEST', (_, topic) => ({
    type: 'REQUEST_ITEM',
    source: 'snow',
    domain: topic.domain,
  })),
  notification('COMMS', campaign),
  notification('AMBIENT_AGENT', useCase),
  notification('EVENTS', useCase),
  ...['TICKET_UPDATE', 'TICKET_WAITING', 'TICKET_WATCHER', 'TICKET_NUDGE'].map((name) =>
    notification(name, ticket),
  ),
  ...['EXPIRED_PASSWORD', 'EXPIRING_PASSWORD', 'LOCKED_ACCOUNT', 'CSAT'].map((name) =>
    notification(name, none),
  ),
];
