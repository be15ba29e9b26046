// The page of the secure link: whose it is, who opened it, then on to the bank's side and back. As a Mini App,
// Telegram has signed who opened it; elsewhere, or where that cannot be shown, there is a number to tap in Telegram.
// Law: no sentence lives here; token and signature leave this script in POST bodies only, and are stored nowhere.
"use strict";

const POLL = 1500;
const PATIENCE = 20000;
const TELEGRAM_WEB = "https://web.telegram.org";
const inside = window.TelegramWebviewProxy; // of Telegram's own window, on a phone or a desk
const framed = window.parent !== window; // by Telegram in a browser
let token = "";
let signed = "";
let link = "";
let ends = 0;
let timer = 0;
let view = "opening";
let again = () => {};

const the = (id) => document.getElementById(id);
const all = (selector) => document.querySelectorAll(selector);

function show(next) {
  const changed = next !== view;
  view = next;
  for (const each of all("[data-view]")) {
    const elsewhere = inside || framed ? "outside" : "inside";
    each.hidden = !each.dataset.view.split(" ").includes(view) || elsewhere in each.dataset;
  }
  if (!changed) return;
  const first = document.querySelector(`button[data-view~="${view}"]:not([hidden]), h1[tabindex][data-view~="${view}"]`);
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
      keepalive: true, // a page that is closed too soon has said it all the same
      signal: patience.signal,
    });
    const after = Number(answer.headers.get("Retry-After"));
    if (!answer.ok) throw Object.assign(new Error(), { after, busy: answer.status === 429 });
    return await answer.json();
  } finally {
    clearTimeout(bell);
  }
}

// Do it; if that fails, say so and offer to do it again, unless we came too often: that takes longer than a wait.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    again = () => attempt(work);
    show(error.busy ? "busy" : "trouble");
  }
}

// What Telegram's own script would say to it; that script is a third party's, and stays out.
function tellTelegram(eventType) {
  if (inside) inside.postEvent(eventType, "{}");
  else if (framed) window.parent.postMessage(JSON.stringify({ eventType, eventData: {} }), TELEGRAM_WEB);
}

// The fragment is our token, what Telegram adds behind it (« #token?tgWebAppData=… »), or that alone.
function readAddress() {
  const fragment = location.hash.slice(1);
  const [ours] = fragment.split(/[?&]/, 1);
  token = ours.includes("=") ? "" : ours;
  signed = new URLSearchParams(fragment.slice(token.length).replace(/^[?&]/, "")).get("tgWebAppData") || "";
  link = new URLSearchParams(location.search).get("i") || "";
  history.replaceState(null, "", location.pathname + location.search);
}

// Null where Telegram's word is too old, or is not Telegram's: the number is asked for then.
async function identify() {
  if (!signed || !link) return null;
  const answer = await post("/l/identify", { link, init_data: signed });
  if (answer.token) token = answer.token;
  return answer.state === "unproven" ? null : answer;
}

// Not « open »: that would take the place of window.open.
async function arrive() {
  show("opening");
  const opened = (await identify()) || (token && (await post("/l/open", { token })));
  if (!opened) return show("lost");
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
  const tab = framed ? window.open("", "_blank") : null; // a bank's side may refuse to be in a frame
  try {
    const claimed = await post("/l/claim", { token });
    if (claimed.url) goOn(claimed.url, tab);
    else if (claimed.session) beginOwnPage(claimed);
    else show("closed");
    if (!claimed.url && tab) tab.close();
  } catch (error) {
    the("continue").disabled = false;
    if (tab) tab.close();
    throw error;
  }
}

function goOn(url, tab) {
  if (!tab) return location.assign(url);
  tab.location.replace(url); // as its opener: Telegram's frame may lead no other tab
  return show("elsewhere");
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
  the("leave").addEventListener("click", () => tellTelegram("web_app_close"));
  tellTelegram("web_app_ready");
  tellTelegram("web_app_expand");
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
  readAddress();
  return token || signed ? attempt(arrive) : show("lost");
}

begin();
