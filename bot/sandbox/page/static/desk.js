// The firm's Slack: one channel, threads under their messages, windows, and what only one person sees.
import { block, mrkdwn } from "./blocks.js";
import { picture } from "./chat.js";
import { act, get, h, hour, icon, reconcile, shortDay, stayAtEnd, the, toEnd } from "./dom.js";

const FOLDED = 3;
const unfolded = new Set();
let shown = null;
let begin;
// Whoever clicks before the desk has come waits for it.
const begun = new Promise((resolve) => { begin = resolve; });
let windowShown = "";
let asked = 0;
let atHome = false;
let homeShown = "";

export async function showDesk(user) {
  const mine = ++asked;
  const desk = await get(`/demo/desk/${encodeURIComponent(user)}`);
  if (mine !== asked) return;
  // An answer for this person alone must not arrive out of sight.
  const other = !shown || shown.user !== user || desk.whispers.length > shown.whispers.length;
  shown = desk;
  begin();
  draw(other);
}

function draw(other) {
  reconcile(the("desk-log"), items());
  if (other) toEnd(the("desk-log"));
  drawHome();
  drawWindow();
}

const bySeconds = (a, b) => Number(a.ts) - Number(b.ts);
const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

function items() {
  const everything = [...shown.messages, ...shown.whispers.map((each) => ({ ...each, whisper: true }))].sort(bySeconds);
  const tops = everything.filter((each) => !isReply(each));
  if (!tops.length) return [{ key: "empty", value: "", build: () => h("p", { class: "empty" }, "Le canal est calme. Quand un client a besoin d’une personne, sa demande arrive ici.") }];
  return tops.flatMap((top) => [line(top), ...thread(top, everything.filter((each) => isReply(each) && each.thread_ts === top.ts))]);
}

function line(message, reply = false) {
  return { key: `${message.whisper ? "w" : "m"}-${message.ts}`, value: { message, reply }, build };
}

function thread(top, replies) {
  const isCase = (top.blocks || []).some((each) => each.type === "actions") || replies.length > 0;
  if (!isCase || top.whisper) return [];
  const isOpen = (top.blocks || []).some((each) => each.type === "actions");
  const folded = replies.length > FOLDED && !isOpen && !unfolded.has(top.ts);
  const kept = folded ? [] : replies;
  const fold = folded ? [{ key: `f-${top.ts}`, value: replies.length, build: () => unfold(top.ts, replies.length) }] : [];
  return [...fold, ...kept.map((each) => line(each, true)), { key: `c-${top.ts}`, value: top.ts, build: replyForm }];
}

function unfold(ts, count) {
  const open = () => { unfolded.add(ts); draw(false); };
  return h("p", { class: "fold" }, h("button", { type: "button", class: "quiet", onclick: open }, `Voir les ${count} réponses du fil`));
}

function build({ message, reply }) {
  const bot = "bot_id" in message;
  const name = bot ? "Resync" : shown.names[message.user] || message.user;
  const moment = Number(message.ts) * 1000;
  const classes = ["line", reply && "reply", message.whisper && "whisper"].filter(Boolean).join(" ");
  return h("article", { class: classes },
    h("span", { class: bot ? "face bot" : "face", "aria-hidden": "true" }, bot ? "R" : name[0]),
    h("div", { class: "said" },
      h("p", { class: "author" }, h("strong", {}, name), bot && h("span", { class: "tag" }, "APPLI"), h("time", {}, `${shortDay(moment)}, ${hour(moment)}`)),
      message.whisper && h("p", { class: "only-you" }, "Visible par vous seul"),
      ...content(message)));
}

function content(message) {
  const press = (owner, element, value) => act("click", { user: shown.user, ts: message.ts, action: element.action_id, block: owner.block_id, value });
  const body = (message.blocks || []).map((each) => block(each, shown.names, press));
  if (!body.length && message.text) body.push(h("p", {}, ...mrkdwn(message.text, shown.names)));
  const files = (message.files || []).map((each) => (each.mimetype.startsWith("image/") ? picture(`/demo/file/${each.id}`, each.title) : h("p", { class: "file" }, `Fichier : ${each.title}`)));
  return [h("div", { class: "blocks" }, body), ...files];
}

function replyForm(ts) {
  const id = `reply-${ts}`;
  const field = h("input", { id, autocomplete: "off", maxlength: 3000, placeholder: "Note interne, ou @client …" });
  const send = async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    if (!await act("line", { user: shown.user, text, thread: ts })) field.value = text;
  };
  return h("form", { class: "composer in-thread", onsubmit: send },
    h("label", { class: "sr", for: id }, "Répondre dans le fil"), field,
    h("button", { class: "round send", "aria-label": "Envoyer dans le fil" }, icon("M3 4.5 21 12 3 19.5 5.5 12zM5.5 12H13")));
}

// The home tab of the app: what it shows is asked for when somebody looks

async function showPlace(place) {
  await begun;
  atHome = place === "home";
  for (const button of document.querySelectorAll("[data-desk]")) button.setAttribute("aria-pressed", String(button.dataset.desk === place));
  the("desk-home").hidden = !atHome;
  the("desk-log").hidden = the("desk-form").hidden = atHome;
  if (atHome) act("home", { user: shown.user });
  else toEnd(the("desk-log"));
}

function drawHome() {
  const { home, user } = shown;
  const place = the("desk-home");
  if (atHome && !home && homeShown !== user) {
    homeShown = user;
    place.replaceChildren();
    act("home", { user });
  }
  const id = home ? `${home.id} ${home.hash} ${user}` : user;
  if (!home || id === homeShown) return;
  homeShown = id;
  const press = (owner, element, value) => act("click", { user, view: home.id, action: element.action_id, block: owner.block_id, value });
  place.replaceChildren(...home.blocks.map((each) => block(each, shown.names, press)));
  place.scrollTop = 0;
}

// The window in front of a colleague

function drawWindow() {
  const veil = the("desk-window");
  const view = shown.view;
  const id = view ? `${view.id} ${view.hash} ${shown.user}` : "";
  if (id !== windowShown) {
    windowShown = id;
    veil.replaceChildren(...(view ? [windowOf(view)] : []));
    veil.hidden = !view;
    const first = veil.querySelector("textarea, input");
    if (first) first.focus();
  }
  for (const [owner, text] of Object.entries(view ? view.errors : {})) {
    const place = document.getElementById(`input-${owner}-error`);
    if (place) place.textContent = text;
  }
}

function windowOf(view) {
  const close = () => act("close", { user: shown.user, view: view.id });
  const press = (owner, element, value) => act("click", { user: shown.user, view: view.id, action: element.action_id, block: owner.block_id, value });
  const submit = (event) => {
    event.preventDefault();
    for (const each of event.target.querySelectorAll(".b-error")) each.textContent = "";
    const fields = [...event.target.querySelectorAll("[data-block]")].map((each) => ({ block: each.dataset.block, action: each.dataset.action, value: each.value || null }));
    act("submit", { user: shown.user, view: view.id, fields });
  };
  const leave = (event) => { if (event.key === "Escape") close(); };
  return h("form", { class: "window", role: "dialog", "aria-label": view.title.text, onsubmit: submit, onkeydown: leave },
    h("p", { class: "window-title" }, view.title.text),
    h("div", { class: "blocks" }, view.blocks.map((each) => block(each, shown.names, press))),
    h("p", { class: "window-acts" },
      h("button", { type: "button", onclick: close }, view.close ? view.close.text : "Fermer"),
      view.submit && h("button", { class: "primary" }, view.submit.text)));
}

export function beginDesk() {
  stayAtEnd(the("desk-log"));
  the("desk-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = the("desk-text");
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    await begun;
    if (!await act("line", { user: shown.user, text })) field.value = text;
    else toEnd(the("desk-log"));
  });
  for (const button of document.querySelectorAll("[data-desk]")) button.addEventListener("click", () => showPlace(button.dataset.desk));
  the("desk-command").addEventListener("click", async () => {
    await begun;
    act("line", { user: shown.user, text: "/resync" });
  });
}
