// What can be done with a message, or with who wrote it.
import { openMenu } from "./menu.js";
import { act, attempt } from "./acts.js";
import { state, commands, mayModerate } from "./state.js";
import { isEphemeral, nameOf } from "./message.js";
import { trackCommand } from "./interactions.js";

const EMOJI = ["👍", "❤️", "😂", "🎨", "🔥", "❌"];

/** Uses a command of the bot's that stands in a menu; `on` names the message or the person. */
const use = (name, on) =>
  attempt(async () => {
    const { interaction } = await act("menu", { name, ...on });
    trackCommand(interaction, name, state.channel.id);
  });

const app = (command, on) => ({
  label: `Apps · ${command.name}`,
  attrs: { dataset: { menuCommand: command.name } },
  run: () => use(command.name, on),
});

const item = (label, name, run, danger = false) => ({ label, run, danger, attrs: { dataset: { do: name } } });

/** `actions` = {dismiss, react}; the menu opens beside `anchor`, an element or a point. */
export function messageMenu(message, anchor, actions) {
  if (!message) return;
  if (isEphemeral(message)) {
    openMenu(anchor, [item("Dismiss message", "dismiss", () => actions.dismiss(message.id))], "Message actions");
    return;
  }
  const mine = message.author?.id === state.me.id;
  const items = [
    item("React…", "react", () => reactMenu(message, anchor, actions)),
    item("Reply", "reply", () => state.box.reply(message, nameOf(message.author))),
  ];
  const apps = commands(3).map((c) => app(c, { message: message.id }));
  if (apps.length) items.push("-", ...apps);
  if (mine || mayModerate()) items.push("-");
  if (mine) items.push(item("Edit message", "edit", () => state.box.edit(message)));
  if (mine || mayModerate())
    items.push(item("Delete message", "delete", () => attempt(() => act("delete", { message: message.id })), true));
  openMenu(anchor, items, "Message actions");
}

function reactMenu(message, anchor, actions) {
  openMenu(
    anchor,
    EMOJI.map((emoji) => ({ label: emoji, attrs: { dataset: { emoji } }, run: () => actions.react(message.id, emoji, false) })),
    "React",
  );
}

export function personMenu(author, anchor) {
  const items = commands(2).map((c) => app(c, { user: author.id, channel: state.channel.id }));
  items.push(item(`Mention @${nameOf(author)}`, "mention", () => state.box.begin(`@${nameOf(author)} `)));
  openMenu(anchor, items, nameOf(author));
}
