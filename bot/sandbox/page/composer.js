// The box at the bottom: plain words, files, replies, and the way into a command.
import { $, h, fill, avatar, readBase64 } from "./dom.js";
import { picker } from "./picker.js";
import { commandForm } from "./command.js";
import { Refused } from "./doors.js";
import { state, commands, channels, botName, shown } from "./state.js";

/** `act` = {send({content, files, reply_to}), edit(id, content), run(name, options), suggest(...), refresh()}. */
export function composer(act) {
  const host = $("composer");
  let target = null; // {kind: "reply" | "edit", message}
  let files = [];
  let where = ""; //  whose draft it is, and in which channel
  const drafts = new Map();
  const bar = h("div", { class: "bar", hidden: true });
  const tray = h("div", { class: "tray", hidden: true });
  const problem = h("p", { class: "problem", role: "alert" });
  const text = h("textarea", { id: "text", rows: 1, maxlength: 4000, autocomplete: "off", spellcheck: "true" });
  const pick = h("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-hidden": "true" });
  const send = h("button", { class: "icon-button send", "aria-label": "Send", dataset: { do: "send" }, onclick: () => submit() }, "➤");
  const line = h(
    "div",
    { class: "line" },
    h("button", { class: "icon-button", "aria-label": "Attach files", onclick: () => pick.click() }, "+"),
    text,
    h("button", { class: "icon-button slash", "aria-label": "Commands", onclick: () => begin("/") }, "/"),
    send,
  );
  const writing = h("div", { class: "writing" }, bar, tray, line, pick, problem);
  const list = picker(text, writing, (item) => item.take(), "Commands and people");
  fill(host, writing);

  function begin(words) {
    text.value = words;
    text.focus();
    changed();
  }

  /** Every person has a draft of their own in every channel. */
  function place() {
    drafts.set(where, target?.kind === "edit" ? "" : text.value);
    where = `${state.me.id} ${state.channel.id}`;
    list.hide();
    aimAt(null);
    files = [];
    drawTray();
    problem.textContent = "";
    if (!writing.isConnected) fill(host, writing);
    text.value = drafts.get(where) || "";
    grow();
    const name = state.channel.type === 1 ? `@${botName()}` : `#${state.channel.name}`;
    text.placeholder = `Message ${name}`;
    text.setAttribute("aria-label", `Message ${name}`);
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 240)}px`;
  }

  function changed() {
    grow();
    problem.textContent = "";
    const words = text.value;
    if (target?.kind !== "edit" && words.startsWith("/") && !words.includes("\n")) return offerCommands(words.slice(1));
    const at = /(?:^|\s)([@#])(\w*)$/.exec(words.slice(0, text.selectionStart));
    if (at) return offerNames(at[1], at[2]);
    return list.hide();
  }

  function offerCommands(words) {
    const all = commands(1);
    const full = all
      .filter((c) => words === c.name || words.startsWith(`${c.name} `))
      .sort((a, b) => b.name.length - a.name.length)[0];
    const longer = full && all.some((c) => c !== full && c.name.startsWith(words));
    if (full && words.length > full.name.length && !longer) return choose(full, words.slice(full.name.length).trim());
    const typed = words.toLowerCase();
    const found = all
      .filter((c) => c.name.includes(typed.trim()))
      .sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed)));
    list.show(
      found.slice(0, 25).map((c) => ({
        take: () => choose(c, ""),
        attrs: { dataset: { command: c.name } },
        children: [
          avatar(botName(), true, true),
          h("span", { class: "pick-name" }, `/${c.name}`),
          h("span", { class: "pick-about" }, c.description),
        ],
      })),
      { empty: nothing(all) },
    );
    // A list that was offered again for nothing would lose what was marked in it, and a press on it.
    const offered = JSON.stringify(all);
    act.refresh().then(() => list.open && text.value.startsWith("/") && JSON.stringify(commands(1)) !== offered && changed());
  }

  function nothing(all) {
    if (all.length) return "No command of that name.";
    if (state.world.commands.length) return "None of the bot's commands works here.";
    return "The bot has not registered its commands yet.";
  }

  function offerNames(sign, typed) {
    const all =
      sign === "@"
        ? [botName(), ...state.guild.people.map(shown)]
        : channels().filter((c) => c.type !== 1).map((c) => c.name);
    const found = all.filter((n) => n.toLowerCase().startsWith(typed.toLowerCase()));
    if (!found.length) return list.hide();
    return list.show(
      found.map((name) => ({
        attrs: { dataset: { name } },
        children: [sign === "@" ? avatar(name, name === botName(), true) : h("span", { class: "hash" }, "#"), h("span", { class: "pick-name" }, name)],
        take() {
          const from = text.selectionStart - typed.length;
          text.setRangeText(`${name} `, from, text.selectionStart, "end");
          list.hide();
        },
      })),
    );
  }

  function choose(command, first) {
    list.hide();
    text.value = ""; // its words are the form's now, and no draft
    const form = commandForm(command, first, {
      run: async (name, options) => {
        await act.run(name, options);
        // Meanwhile the person may have gone elsewhere and begun something else.
        if (form.node.isConnected) leave();
      },
      suggest: act.suggest,
      leave,
    });
    fill(host, form.node);
    form.focus();
  }

  function leave() {
    text.value = "";
    fill(host, writing);
    grow();
    if (matchMedia("(hover: hover)").matches) text.focus();
  }

  /** @name and #channel as people type them become what Discord's client sends. */
  function encode(words) {
    const ids = new Map([[botName().toLowerCase(), state.world.bot_id], ...state.guild.people.flatMap((p) => [[p.name.toLowerCase(), p.id], [shown(p).toLowerCase(), p.id]])]);
    const rooms = new Map(channels().filter((c) => c.type !== 1).map((c) => [c.name.toLowerCase(), c.id]));
    const names = (map) => [...map.keys()].sort((a, b) => b.length - a.length).map((n) => n.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return words
      .replace(new RegExp(`(?<![\\w<])@(${names(ids).join("|")})(?!\\w)`, "gi"), (_, n) => `<@${ids.get(n.toLowerCase())}>`)
      .replace(new RegExp(`(?<![\\w<&])#(${names(rooms).join("|")})(?![\\w-])`, "gi"), (_, n) => `<#${rooms.get(n.toLowerCase())}>`);
  }

  async function submit() {
    const content = encode(text.value);
    if (!content.trim() && !files.length) return;
    const aim = target;
    try {
      if (aim?.kind === "edit") await act.edit(aim.message.id, content);
      else await act.send({ content, reply_to: aim?.message.id, files: files.length ? await Promise.all(files.map(readBase64)) : undefined });
      text.value = "";
      files = [];
      aimAt(null);
      drawTray();
      grow();
      problem.textContent = "";
    } catch (error) {
      problem.textContent = error instanceof Refused ? error.message : "Not sent. Is the sandbox still running?";
    }
  }

  function aimAt(next) {
    target = next;
    bar.hidden = !target;
    if (!target) return;
    fill(
      bar,
      target.kind === "reply" ? ["Replying to ", h("b", {}, target.name)] : "Editing your message",
      h("button", { class: "icon-button tiny", "aria-label": "Stop", onclick: () => aimAt(null) }, "×"),
    );
    if (!writing.isConnected) fill(host, writing);
    if (target.kind === "edit") text.value = target.message.content;
    text.focus();
    grow();
  }

  function drawTray() {
    tray.hidden = !files.length;
    fill(
      tray,
      files.map((f, i) =>
        h("span", { class: "tray-file" }, f.name, h("button", { class: "icon-button tiny", "aria-label": `Remove ${f.name}`, onclick: () => (files.splice(i, 1), drawTray()) }, "×")),
      ),
    );
  }

  text.addEventListener("input", changed);
  text.addEventListener("blur", () => list.hide());
  text.addEventListener("keydown", (e) => {
    if (list.key(e)) return;
    if (e.key === "Escape" && target) aimAt(null);
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    if (text.value.startsWith("/") && text.value.trim().length > 1 && target?.kind !== "edit") {
      problem.textContent = "No command of that name.";
      return;
    }
    submit();
  });
  text.addEventListener("paste", (e) => {
    if (!e.clipboardData?.files.length) return;
    files.push(...e.clipboardData.files);
    drawTray();
  });
  pick.addEventListener("change", () => {
    files.push(...pick.files);
    pick.value = "";
    drawTray();
  });

  return {
    place,
    reply: (message, name) => aimAt({ kind: "reply", message, name }),
    edit: (message) => aimAt({ kind: "edit", message }),
    begin,
    choose: (name) => {
      const found = commands(1).find((c) => c.name === name);
      if (found) choose(found, "");
      else begin(`/${name}`);
    },
  };
}
