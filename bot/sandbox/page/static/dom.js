// Building the page: elements from values, never from HTML text; lists that only touch what has changed.

export const the = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

// h("p", {class: "x", onclick: f}, "text", otherElement): an element. Null and false children take no room.
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== false && each !== ""));
  return element;
}

export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

// Make `parent` hold one element for each item: {key, value, build}. What did not change keeps its element,
// and with it its focus, its scroll and what is being typed in it.
export function reconcile(parent, items) {
  const known = new Map([...parent.children].map((each) => [each.dataset.key, each]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const print = JSON.stringify(item.value);
    let element = known.get(item.key);
    if (!element || element.print !== print) {
      const fresh = item.build(item.value);
      fresh.dataset.key = item.key;
      fresh.print = print;
      if (element) {
        if (place === element) place = fresh;
        const focused = element.contains(document.activeElement) ? document.activeElement.textContent : null;
        element.replaceWith(fresh);
        if (focused !== null) refocus(fresh, focused);
      }
      element = fresh;
    }
    known.delete(item.key);
    if (place === element) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

// Who works with the keyboard keeps his place: the same button, else what holds it.
function refocus(fresh, label) {
  const same = [...fresh.querySelectorAll("button")].find((each) => each.textContent === label);
  if (!same) fresh.tabIndex = -1;
  (same || fresh).focus({ preventScroll: true });
}

// A list that stays at its end, whatever grows or shrinks, until the reader scrolls up; then a button leads back.
export function stayAtEnd(log) {
  const newer = h("button", { type: "button", class: "newer", onclick: () => toEnd(log) }, "Nouveaux messages ↓");
  newer.hidden = true;
  log.after(newer);
  let count = 0;
  const end = () => {
    if (!log.hasAttribute("data-read")) log.scrollTop = log.scrollHeight;
    else if (log.children.length > count) newer.hidden = false;
    count = log.children.length;
  };
  log.addEventListener("scroll", () => {
    const read = log.scrollHeight - log.scrollTop - log.clientHeight > 60;
    log.toggleAttribute("data-read", read);
    if (!read) newer.hidden = true;
  });
  log.addEventListener("load", end, true);
  new ResizeObserver(end).observe(log);
  new MutationObserver(end).observe(log, { childList: true, subtree: true });
}

export function toEnd(log) {
  log.removeAttribute("data-read");
  log.scrollTop = log.scrollHeight;
}

export async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path} : ${answer.status}`);
  return answer.json();
}

let alarm = 0;

export function trouble(text) {
  const place = the("trouble");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(alarm);
  alarm = setTimeout(() => { place.hidden = true; }, 6000);
}

// Do something in the sandbox; tells the player when it is not possible. True when it was done.
export async function act(name, form) {
  try {
    const answer = await fetch(`/demo/acts/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(form),
    });
    const told = await answer.json().catch(() => ({}));
    if (told.problem) trouble(answer.ok ? "Slack n’a pas eu de réponse à temps. Réessayez." : "Ce n’est plus possible : l’écran a changé entre-temps.");
    else if (!answer.ok) trouble("La démonstration n’a pas pu faire cela.");
    return answer.ok && !told.problem && told;
  } catch {
    trouble("La démonstration ne répond plus. Est-elle encore lancée ?");
    return false;
  }
}

const PARIS = { timeZone: "Europe/Paris" };
const format = (options) => new Intl.DateTimeFormat("fr-FR", { ...PARIS, ...options });
const HOUR = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const SHORT = format({ weekday: "short", day: "numeric", month: "short" });
const FULL = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const DATE = format({ day: "numeric", month: "long", year: "numeric" });

export const hour = (moment) => HOUR.format(moment);
// The first of a month is « 1er », which Intl does not know.
const first = (written) => written.replace(/(?<!\d)1(?= \p{L})/u, "1er");
export const day = (moment) => first(DAY.format(moment));
export const shortDay = (moment) => first(SHORT.format(moment));
export const fullDay = (moment) => first(FULL.format(moment));
export const date = (moment) => first(DATE.format(moment));

// A web address as one may click it; anything else is no address.
export function address(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}
