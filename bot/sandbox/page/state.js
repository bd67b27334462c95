// What the page knows: the world, who is looking, and where.

export const state = {
  world: null,
  guild: null,
  me: null, //         the person who looks and acts
  channel: null, //    {id, name, type, ...}; a DM has type 1
  box: null, //        the composer, once it stands
  messages: new Map(), // id → message of the open channel, as last drawn
  unread: new Map(), //   channel id → {new: n, rings: n}
};

/** The newest message that a person has looked at in a channel; a reload of the page keeps it. */
const place = (channel) => `seen ${state.me.id} ${channel}`;
export const seen = (channel) => BigInt(sessionStorage.getItem(place(channel)) || "0");
export const markSeen = (channel, message) => sessionStorage.setItem(place(channel), message);

const PERMISSION = { administrator: 1n << 3n, manageMessages: 1n << 13n };

export function take(world) {
  state.world = world;
  state.guild = world.guilds[0];
  if (state.me) state.me = person(state.me.id) || state.me;
}

export const shown = (who) => who.display || who.name;
export const person = (key) => state.guild.people.find((p) => p.id === key || p.name === key);
export const botName = () => state.world.bot.name;

/** What the bot shows of itself: {online, words}. */
export function presence() {
  const { status, activities } = state.world.bot;
  const words = activities.map((a) => a.state || a.name).filter(Boolean)[0] || "";
  return { online: status !== "offline", words: status === "offline" ? "offline" : words };
}

export function personName(id) {
  if (id === state.world.bot_id) return botName();
  const who = person(id);
  return who ? shown(who) : "someone";
}
export const roleName = (id) => state.guild.roles.find((r) => r.id === id)?.name || "role";
export const channelName = (id) => channels().find((c) => c.id === id)?.name || "unknown";

/** The guild's channels, threads under their parents, then the person's own DM with the bot. */
export function channels() {
  const all = state.guild.channels.filter((c) => c.type !== 4);
  const isThread = (c) => c.type >= 10 && c.type <= 12;
  const out = [];
  for (const channel of all.filter((c) => !isThread(c))) {
    out.push(channel);
    out.push(...all.filter((c) => isThread(c) && c.parent_id === channel.id));
  }
  out.push(...all.filter((c) => isThread(c) && !out.includes(c)));
  if (state.me?.dm) out.push({ id: state.me.dm, name: botName(), type: 1 });
  return out;
}

/** What the person may do by their roles; null where the world does not tell. */
function permissions(who = state.me) {
  const roles = state.guild.roles.filter((r) => who.roles.includes(r.id) || r.id === state.guild.id);
  const own = who.permissions ?? null;
  const known = roles.filter((r) => r.permissions !== undefined);
  if (own === null && !known.length) return null;
  return known.reduce((sum, r) => sum | BigInt(r.permissions), BigInt(own ?? 0));
}

export function may(bits) {
  const have = permissions();
  if (have === null || bits === null || bits === undefined) return true;
  if (have & PERMISSION.administrator) return true;
  const need = BigInt(bits);
  return need !== 0n && (have & need) === need;
}

export const mayModerate = () => permissions() !== null && may(PERMISSION.manageMessages);

/** Commands of one type that this person could see here; subcommands as names like "limits set". */
export function commands(type = 1) {
  const dm = state.channel?.type === 1;
  const out = [];
  for (const command of state.world.commands) {
    if ((command.type ?? 1) !== type) continue;
    if (dm && command.contexts && !command.contexts.includes(1)) continue;
    if (dm && command.dm_permission === false) continue;
    if (!dm && !may(command.default_member_permissions)) continue;
    if (type === 1) flatten(command.name, command, out);
    else out.push({ name: command.name, description: "", options: [] });
  }
  return out;
}

function flatten(name, node, out) {
  const subs = (node.options || []).filter((o) => o.type === 1 || o.type === 2);
  if (!subs.length) out.push({ name, description: node.description || "", options: node.options || [] });
  for (const sub of subs) flatten(`${name} ${sub.name}`, sub, out);
}
