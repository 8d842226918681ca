// The columns of an interaction that leave the house: those of an export.

export const interactionColumns =
  'id, conversation_id, user_id, actor, platform, type, label, parent_interaction_id, detail, created_time, last_updated_time';
