// The client's phone: his chat with the bot, as Telegram would show it, and his One up beside it.
import { act, address, day, get, h, hour, icon, reconcile, stayAtEnd, the, toEnd } from "./dom.js";

const STYLES = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span" };
const TYPING = 5000;
const NOTE = 20000;
let shown = null;
let begin;
// Whoever writes before the chat has come waits for it.
const begun = new Promise((resolve) => { begin = resolve; });
let typing = 0;
let fading = 0;
let noted = 0;
let asked = 0;

export async function showChat(client) {
  const mine = ++asked;
  const phone = await get(`/demo/phone/${client.person}`);
  if (mine !== asked) return;
  const other = !shown || shown.person !== phone.person;
  shown = phone;
  begin();
  if (other) {
    stopTyping();
    the("window-note").hidden = true;
    the("chat-log").replaceChildren();
  }
  draw(client, other);
}

function draw(client, other) {
  reconcile(the("chat-log"), [...lines(), ...invitation(client), ...hint()]);
  if (other) toEnd(the("chat-log"));
  const silent = shown.blocked || !shown.started;
  the("chat-form").hidden = silent;
  the("chat-restart").hidden = !shown.blocked;
  the("chat-status").textContent = shown.blocked ? "bot bloqué" : "bot de C’ moi le chef";
  drawMenu();
}

function lines() {
  const items = [];
  let before = "";
  for (const message of shown.messages) {
    const today = day(message.date * 1000);
    if (today !== before) items.push({ key: `day-${today}`, value: today, build: (text) => h("p", { class: "day" }, text) });
    before = today;
    items.push({ key: `m-${message.id}`, value: message, build: bubble });
  }
  return items;
}

function hint() {
  if (shown.invited || shown.messages.length) return [];
  return [{ key: "empty", value: "", build: () => h("p", { class: "day" }, "Aucun message pour l’instant") }];
}

function invitation(client) {
  if (!shown.invited) return [];
  const build = () => h("div", { class: "invitation" },
    h("span", { class: "envelope" }, icon("M3 6h18v12H3zM3 7l9 6.5 9-6.5")),
    h("p", {}, h("strong", {}, "Vous avez reçu une invitation du cabinet")),
    h("p", {}, `Bonjour ${client.first_name}, c’est le cabinet C’ moi le chef. Pour connecter la banque de ${client.restaurant} en deux minutes, ouvrez ce lien personnel depuis votre téléphone.`),
    h("button", { type: "button", class: "primary", onclick: () => act("invitation", { person: client.person }) }, "Ouvrir l’invitation"));
  return [{ key: "invitation", value: client.person, build }];
}

// One message

function bubble(message) {
  const content = h("div", { class: "bubble" },
    message.quoted && h("p", { class: "quoted" }, message.quoted),
    message.photo && picture(`/demo/photo/${encodeURIComponent(message.photo.file_id)}`, message.caption, message.photo),
    other(message),
    words(message) && h("div", { class: "words" }, ...rich(words(message), message.entities || message.caption_entities || [])),
    h("small", { class: "when" }, message.edited ? "modifié " : "", hour(message.date * 1000)));
  return h("div", { class: message.mine ? "message mine" : "message" }, content, keyboard(message));
}

// Telegram does not show what a link to the bot carries.
const words = (message) => (message.text || message.caption || "").replace(/^\/start .+/, "/start");

function other(message) {
  if (message.voice) return h("p", { class: "file" }, "Message vocal");
  if (message.sticker) return h("p", { class: "sticker" }, message.sticker.emoji || "");
  if (message.document) return h("p", { class: "file" }, `Fichier : ${message.document.file_name || "document"}`);
  return null;
}

// `size`: its width and height, so that its place is kept until it has come.
export function picture(url, caption, size = {}) {
  const label = (caption || "").split("\n")[0] || "Photo";
  return h("button", { type: "button", class: "picture", "aria-label": `Agrandir l’image : ${label}`, onclick: () => enlarge(url, label) },
    h("img", { src: url, alt: label, width: size.width, height: size.height }));
}

function enlarge(url, label) {
  const dialog = the("enlarged");
  const image = dialog.querySelector("img");
  image.src = url;
  image.alt = label;
  dialog.showModal();
}

function keyboard(message) {
  if (!message.buttons.length) return null;
  const rows = message.buttons.map((row) => h("div", { class: "keys" }, row.map((button) => key(message, button))));
  return h("div", { class: "keyboard" }, rows);
}

function key(message, button) {
  if (button.url) {
    const href = address(button.url);
    return h("a", { class: "key", href, target: "resync-page", onclick: (event) => openWindow(event, href) }, button.text, icon("M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9"));
  }
  if (button.web_app) {
    return h("button", { type: "button", class: "key", onclick: () => openMiniApp(message) }, button.text, icon("M4 5h16v14H4zM4 9h16"));
  }
  const press = async (event) => {
    const pressed = event.currentTarget;
    pressed.setAttribute("aria-busy", "true");
    setTimeout(() => pressed.removeAttribute("aria-busy"), 4000);
    if (!await act("press", { person: shown.person, message: message.id, data: button.callback_data })) pressed.removeAttribute("aria-busy");
  };
  return h("button", { type: "button", class: "key", onclick: press }, button.text);
}

// The secure page forbids every frame, as it should, so it gets a window of its own, the size of a phone.
function openWindow(event, href) {
  if (!href) return event.preventDefault();
  tellOfWindow(href, "La page sécurisée s’ouvre dans sa propre fenêtre : elle refuse d’être affichée dans une autre page, et c’est voulu. ");
  if (beside(href)) event.preventDefault();
}

// A phone shows a Mini App over the chat; here it stands beside it. A window opens with the click, or not at all.
async function openMiniApp(message) {
  const opened = beside("about:blank") || window.open("about:blank", "resync-page");
  const told = await act("launch", { person: shown.person, message: message.id });
  const href = told && address(told.address);
  if (!href) return opened?.close();
  if (opened) opened.location.replace(href);
  return tellOfWindow(href, "La page sécurisée s’ouvre dans Telegram, ici à côté du téléphone. Telegram lui signe qui l’ouvre : aucun nombre à toucher. ");
}

function tellOfWindow(href, words) {
  const note = the("window-note");
  note.replaceChildren(
    words,
    h("a", { href, target: "_blank", rel: "noopener" }, "Rien ne s’est ouvert ? L’ouvrir dans un onglet"),
    h("button", { type: "button", class: "round", "aria-label": "Fermer cette note", onclick: () => { note.hidden = true; } }, icon("M6 6l12 12M18 6 6 18")));
  note.hidden = false;
  clearTimeout(noted);
  noted = setTimeout(() => { note.hidden = true; }, NOTE);
}

// A window the size of a phone, where there is room for one.
function beside(href) {
  if (innerWidth < 700) return null;
  const left = Math.max(0, screenX + Math.min(outerWidth, 1400) - 470);
  return window.open(href, "resync-page", `popup,width=430,height=760,left=${left},top=${screenY + 80}`);
}

// Telegram's entities count UTF-16 units, as JavaScript does.
function rich(text, entities, from = 0, to = text.length) {
  const parts = [];
  let at = from;
  const inside = entities.filter((each) => each.offset >= from && each.offset + each.length <= to);
  while (inside.length) {
    const entity = inside.shift();
    if (entity.offset < at) continue;
    const end = entity.offset + entity.length;
    parts.push(text.slice(at, entity.offset), styled(entity, text, inside.filter((each) => each.offset < end)));
    at = end;
  }
  return [...parts, text.slice(at, to)];
}

function styled(entity, text, inside) {
  const end = entity.offset + entity.length;
  const said = text.slice(entity.offset, end);
  const content = rich(text, inside, entity.offset, end);
  if (entity.type === "bot_command") return h("button", { type: "button", class: "link", onclick: () => say(said) }, said);
  const href = entity.type === "text_link" ? address(entity.url) : entity.type === "url" ? address(said) : null;
  if (href) return h("a", { href, target: "_blank", rel: "noopener" }, ...content);
  return h(STYLES[entity.type] || "span", {}, ...content);
}

// What he can do

const say = async (text) => { await begun; return act("write", { person: shown.person, text }); };

function drawMenu() {
  const entries = shown.started && !shown.blocked
    ? shown.commands.map((each) => entry(`/${each.command}`, each.description, () => say(`/${each.command}`)))
    : [];
  if (shown.started) {
    entries.push(shown.blocked
      ? entry("Débloquer le bot", "Il pourra de nouveau écrire", unblock)
      : entry("Bloquer le bot", "Il ne pourra plus écrire à ce client", () => act("block", { person: shown.person, on: true })));
  }
  the("chat-menu").hidden = !entries.length;
  the("chat-menu-list").replaceChildren(...entries);
}

function entry(label, about, onclick) {
  return h("button", { type: "button", onclick: () => { toggleMenu(false); onclick(); } }, h("strong", {}, label), h("small", {}, about));
}

function toggleMenu(open) {
  the("chat-menu-list").hidden = !open;
  the("chat-menu").setAttribute("aria-expanded", String(open));
}

const unblock = () => act("block", { person: shown.person, on: false });

export function toast(text, alert) {
  for (const each of the("chat-log").querySelectorAll("[aria-busy]")) each.removeAttribute("aria-busy");
  if (!text) return;
  const place = the("chat-toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { place.hidden = true; }, alert ? 8000 : 4000);
}

export function showTyping() {
  the("chat-status").textContent = "écrit…";
  clearTimeout(typing);
  typing = setTimeout(stopTyping, TYPING);
}

export function stopTyping() {
  clearTimeout(typing);
  if (shown) the("chat-status").textContent = shown.blocked ? "bot bloqué" : "bot de C’ moi le chef";
}

export function beginChat() {
  stayAtEnd(the("chat-log"));
  the("chat-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = the("chat-text");
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    if (!await say(text)) field.value = text;
  });
  the("chat-photo").addEventListener("click", async () => { await begun; act("photo", { person: shown.person }); });
  the("chat-restart").firstElementChild.addEventListener("click", unblock);
  the("chat-menu").addEventListener("click", () => toggleMenu(the("chat-menu-list").hidden));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#chat-menu, #chat-menu-list")) toggleMenu(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !the("chat-menu-list").hidden) toggleMenu(false), the("chat-menu").focus();
  });
  const dialog = the("enlarged");
  dialog.addEventListener("click", () => dialog.close());
}
