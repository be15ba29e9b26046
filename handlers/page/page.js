// The page of the secure link: whose it is, the number to tap in Telegram, then on to the bank's side and back.
// Law: no sentence lives here; the token leaves this script in POST bodies only, and is stored nowhere.
"use strict";

const POLL = 1500;
const PATIENCE = 20000;
let token = "";
let ends = 0;
let timer = 0;
let view = "opening";
let again = () => {};

const the = (id) => document.getElementById(id);
const all = (selector) => document.querySelectorAll(selector);

function show(next) {
  const changed = next !== view;
  view = next;
  for (const each of all("[data-view]")) each.hidden = !each.dataset.view.split(" ").includes(view);
  if (!changed) return;
  const first = document.querySelector(`button[data-view~="${view}"], h1[tabindex][data-view~="${view}"]`);
  if (first) first.focus();
}

function fill(opened) {
  for (const each of all("[data-fact]")) each.textContent = opened.facts[each.dataset.fact];
  for (const each of all("[data-when]")) each.hidden = (each.dataset.when === "password") !== opened.new_secret;
  ends = Date.now() + opened.seconds * 1000;
}

async function post(path, body) {
  const patience = new AbortController();
  const bell = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
      signal: patience.signal,
    });
    if (!answer.ok) throw Object.assign(new Error(), { after: Number(answer.headers.get("Retry-After")) });
    return await answer.json();
  } finally {
    clearTimeout(bell);
  }
}

// Do it; if that fails, say so and offer to do it again.
async function attempt(work) {
  try {
    await work();
  } catch {
    again = () => attempt(work);
    show("trouble");
  }
}

async function open() {
  show("opening");
  const opened = await post("/l/open", { token });
  if (opened.facts) fill(opened);
  show(opened.state);
  watch(POLL);
}

function watch(after) {
  clearTimeout(timer);
  if (view === "waiting" || view === "proven") timer = setTimeout(look, after);
}

// Is it proven, is it over? A lost answer costs nothing: the next one tells.
async function look() {
  if (Date.now() > ends) return show("closed");
  let after = view === "proven" ? 4 * POLL : POLL;
  try {
    const now = (await post("/l/status", { token })).state;
    if (view === "waiting" || (view === "proven" && now === "closed" && !the("continue").disabled)) show(now);
  } catch (error) {
    after = Math.max(2 * POLL, (error.after || 0) * 1000);
  }
  watch(after);
}

async function claim() {
  the("continue").disabled = true;
  try {
    const claimed = await post("/l/claim", { token });
    if (claimed.url) location.assign(claimed.url);
    else show("closed");
  } catch (error) {
    the("continue").disabled = false;
    throw error;
  }
}

async function comeBack() {
  show("opening");
  const query = new URLSearchParams(location.search);
  const state = query.get("state");
  const brought = { error: (query.get("error") || "").slice(0, 200), code: query.get("code") || "" };
  if (state) await post("/l/back", { state, ...brought });
  history.replaceState(null, "", location.pathname);
  show("noted");
}

function begin() {
  the("retry").addEventListener("click", () => again());
  if (document.body.dataset.page === "back") return attempt(comeBack);
  the("continue").addEventListener("click", () => attempt(claim));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") watch(0);
  });
  // Back from the bank's side with the browser's own button: the page wakes up as it was left.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    the("continue").disabled = false;
    watch(0);
  });
  // Another link, tapped while this page is open: the browser only changes the fragment.
  addEventListener("hashchange", () => location.reload());
  token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  return token ? attempt(open) : show("lost");
}

begin();
