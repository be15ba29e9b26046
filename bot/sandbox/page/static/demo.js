// The page: who and what is chosen, and one stream of notes that says which part to fetch again.
// Law: nothing on the page is invented here; every part is what the sandbox's servers say.
import { beginChat, showChat, showTyping, stopTyping, toast } from "./chat.js";
import { beginDesk, showDesk } from "./desk.js";
import { get, h, the, toEnd, trouble } from "./dom.js";
import { beginFleet, showFleet } from "./fleet.js";
import { beginGuide, showGuide } from "./guide.js";
import { beginWorld, showBank, showClock } from "./world.js";

let clients = [];
let staff = [];
let client = null;
let fleet = false;
let colleague = null;
const unread = new Set();
const waiting = new Map();

const parts = {
  phone: () => showChat(client),
  desk: () => showDesk(colleague.id),
  bank: () => showBank(client),
  state: async () => {
    const state = await get("/demo/state");
    showClock(state.clock);
    if (!fleet) showGuide(state.story);
  },
  fleet: async () => fleet && showFleet(client),
};

// Several notes in a row are one fetch.
function refresh(part, after = 40) {
  if (waiting.has(part)) return;
  waiting.set(part, setTimeout(async () => {
    waiting.delete(part);
    try {
      await parts[part]();
    } catch {
      // The stream tells when the program is back, and everything is fetched again.
    }
  }, after));
}

const everything = () => Object.keys(parts).forEach((part) => refresh(part));

function hear(note) {
  switch (note.part) {
    case "phone": return hearPhone(note);
    case "desk":
      if (note.ring) ring("desk");
      refresh("desk");
      return refresh("state", 300);
    case "bank":
      refresh("bank");
      refresh("fleet", 400);
      return refresh("state", 300);
    case "toast": return note.person === client.person ? toast(note.text, note.alert) : undefined;
    case "typing": return note.person === client.person ? showTyping() : undefined;
    case "clock": return showClock(note);
    case "story": return fleet ? undefined : showGuide(note);
    case "trouble": return trouble(note.text);
    case "everything": return everything();
    default: return undefined;
  }
}

function hearPhone(note) {
  if (note.person === client.person) {
    stopTyping();
    refresh("phone");
  } else if (note.ring) {
    unread.add(note.person);
    drawClients();
  }
  if (note.ring) ring("phone");
  refresh("fleet", 400);
  refresh("state", 300);
}

// Something new on a screen that is not in front.
function ring(tab) {
  if (document.body.dataset.tab === tab) return;
  document.querySelector(`.tabs [data-tab="${tab}"]`).toggleAttribute("data-unread", true);
}

function listen() {
  const stream = new EventSource("/demo/events");
  let lost = false;
  stream.onmessage = (message) => hear(JSON.parse(message.data));
  stream.onerror = () => {
    if (!lost) trouble("La démonstration ne répond plus. Je réessaie…");
    lost = true;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  stream.onopen = () => {
    if (lost) the("trouble").hidden = true;
    lost = false;
    everything();
  };
}

// Choices

function chip(label, about, pressed, onclick, dotted = false) {
  return h("button", { type: "button", class: "chip", "aria-pressed": String(pressed), "data-unread": dotted, onclick },
    h("strong", {}, label), h("small", {}, about), dotted && h("span", { class: "sr" }, " (nouveau message)"));
}

function drawChips(place, chips) {
  const focused = [...place.children].indexOf(document.activeElement);
  place.replaceChildren(...chips);
  if (focused >= 0) place.children[focused].focus();
}

function drawClients() {
  const shown = clients.filter((each) => !fleet || each.habit === "yours" || each === client);
  drawChips(the("clients"), shown.map((each) => chip(each.first_name, each.restaurant, each === client, () => choose(each), unread.has(each.person))));
}

function drawStaff() {
  drawChips(the("staff"), staff.map((each) => chip(each.name.split(" ")[0], each.role, each === colleague, () => play(each))));
}

function choose(chosen) {
  const other = client !== chosen;
  client = chosen;
  unread.delete(chosen.person);
  drawClients();
  if (other && !the("app-oneup").hidden) openOneUp();
  refresh("phone", 0);
  refresh("bank", 0);
  refresh("fleet", 0);
}

function play(chosen) {
  colleague = chosen;
  drawStaff();
  refresh("desk", 0);
}

const oneUpOf = (one) => `/bank/oneup/${one.bank_user}`;

function openOneUp() {
  the("oneup").src = oneUpOf(client);
}

function showApp(app) {
  for (const button of document.querySelectorAll("[data-app]")) button.setAttribute("aria-pressed", String(button.dataset.app === app));
  the("app-chat").hidden = app !== "chat";
  the("app-oneup").hidden = app !== "oneup";
  the("app-fleet").hidden = app !== "fleet";
  toEnd(the("chat-log"));
  // The frame keeps the place that this client has reached in it.
  if (app === "oneup" && new URL(the("oneup").src, location).pathname !== oneUpOf(client)) openOneUp();
}

function showTab(tab) {
  document.body.dataset.tab = tab;
  for (const button of document.querySelectorAll(".tabs button")) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
    if (button.dataset.tab === tab) button.removeAttribute("data-unread");
  }
  for (const log of [the("chat-log"), the("desk-log")]) if (log.offsetParent) toEnd(log);
}

function go(step) {
  choose(clients[step.client] || client);
  showTab(step.tab);
  if (step.app) showApp(step.app);
}

function openPhone(person) {
  choose(clients.find((each) => each.person === person));
  showApp("chat");
}

// A page that was open before the demonstration is ready waits for it.
async function patiently(path) {
  for (;;) {
    try {
      return await get(path);
    } catch {
      trouble("La démonstration se prépare…");
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  }
}

async function begin() {
  beginChat();
  beginDesk();
  beginWorld();
  beginGuide(go);
  for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => showTab(button.dataset.tab));
  for (const button of document.querySelectorAll("[data-app]")) button.addEventListener("click", () => showApp(button.dataset.app));
  the("oneup-home").addEventListener("click", openOneUp);
  ({ clients, staff, fleet } = await patiently("/demo/state"));
  the("trouble").hidden = true;
  [client] = clients;
  [colleague] = staff;
  if (fleet) {
    beginFleet(clients, openPhone);
    showApp("fleet");
  }
  drawClients();
  drawStaff();
  listen();
}

begin().catch(() => trouble("La page n’a pas pu s’ouvrir. Rechargez-la."));
