// The bank of the chosen client, and the clock of the whole demonstration.
import { act, date, fullDay, get, h, hour, reconcile, the } from "./dom.js";

const STATES = {
  good: ["good", "Tout va bien : les opérations arrivent."],
  SCARequired: ["bad", "L’accord du client est arrivé à échéance. Plus rien n’arrive."],
  wrongpass: ["bad", "La banque ne reconnaît plus le mot de passe enregistré."],
  passwordExpired: ["bad", "La banque veut d’abord un nouveau mot de passe, choisi sur son site."],
  decoupled: ["wait", "La banque attend une validation dans son application."],
  additionalInformationNeeded: ["wait", "La banque attend le code qu’elle vient d’envoyer par SMS."],
  actionNeeded: ["bad", "La banque a un message à faire lire sur son site."],
  websiteUnavailable: ["bad", "La banque ne répond plus."],
  validating: ["wait", "La banque a dit oui, mais elle prend son temps pour confirmer."],
  rateLimiting: ["wait", "La banque demande d’attendre avant d’essayer encore."],
};
let asked = 0;
let clock = null;
let start = 0;

// The bank

export async function showBank(client) {
  const mine = ++asked;
  const bank = await get(`/demo/bank/${client.person}`);
  if (mine !== asked) return;
  the("bank-of").textContent = `de ${client.restaurant}${bank.links.length > 1 ? ` : ${bank.links.length} banques` : ""}`;
  const items = bank.links.map((each) => ({ key: `${client.person}-${each.connection}`, value: each, build: card }));
  const empty = { key: `${client.person}-none`, value: client.restaurant, build: nothing };
  reconcile(the("bank-links"), items.length ? items : [empty]);
}

function nothing(restaurant) {
  return h("p", { class: "empty" }, `${restaurant} n’a pas encore connecté sa banque. Cela se fait dans One up, avec l’aide du bot.`);
}

function card(link) {
  const [tone, words] = STATES[link.state || "good"] || ["wait", `État inconnu de la page : ${link.state}`];
  const button = (label, what) => h("button", { type: "button", onclick: () => act("bank", { connection: link.connection, what }) }, label);
  return h("article", { class: "link-card" },
    h("header", {}, h("h3", {}, link.bank), h("p", { class: `state ${tone}` }, words), h("p", { class: "until" }, until(link))),
    notes(link, button),
    h("div", { class: "bank-acts", role: "group", "aria-label": `Ce qui arrive chez ${link.bank}` },
      link.days_left > 0 && button("Faire expirer l’accord", "expire"),
      button("Changer le mot de passe", "password"),
      !link.asks_approval && button("Demander une validation", "ask-approval"),
      !link.asks_code && button("Demander un code SMS", "ask-code"),
      !link.asks_action && button("Un message à lire", "ask-action"),
      !link.late && button("Confirmer en retard", "late"),
      !link.strays && button("Se tromper d’accès", "stray"),
      link.bank_up ? button("Couper la banque", "down") : button("Rétablir la banque", "up")));
}

function until(link) {
  const end = date(new Date(`${link.expires}T12:00:00Z`));
  const left = Math.ceil(link.days_left);
  if (link.days_left <= 0) return `Accord arrivé à échéance le ${end}`;
  return `Accord valable jusqu’au ${end} (${left <= 1 ? "moins d’un jour" : `${left} jours`})`;
}

function notes(link, button) {
  const notes = [];
  if (link.new_password) notes.push(["Le nouveau mot de passe est ", h("code", {}, link.new_password), ". Il se tape sur la page sécurisée ou dans One up, jamais dans le chat."]);
  if (link.code) notes.push(["SMS de la banque : votre code est ", h("code", {}, link.code)]);
  if (link.asks_approval) notes.push([link.state === "decoupled" ? "L’application de la banque attend. " : "Une validation sera demandée à la prochaine synchronisation. ", button("Valider dans l’appli", "approve")]);
  if (link.asks_code && !link.code) notes.push(["Un code SMS sera demandé à la prochaine synchronisation."]);
  if (link.asks_action) notes.push(["Un message attend le client sur le site de la banque. ", button("Le lire et accepter", "act")]);
  if (link.late) notes.push(["La prochaine synchronisation sera confirmée six heures plus tard."]);
  if (link.strays) notes.push(["La prochaine fois, le client se connectera avec son accès personnel à cette banque."]);
  if (link.strayed) notes.push(["Les comptes reliés sont ceux de l’accès personnel du client, pas ceux de son entreprise."]);
  if (link.locked) notes.push(["Trop d’essais : l’accès est bloqué jusqu’à demain."]);
  return notes.length > 0 && h("div", { class: "notes" }, notes.map((each) => h("p", {}, ...each)));
}

// The clock: it goes on by itself between two notes

export function showClock(view) {
  clock = { ...view, at: Date.parse(view.now), since: performance.now() };
  for (const each of document.querySelectorAll("#clock-acts button, #clock-days button")) each.disabled = view.travelling;
  document.body.toggleAttribute("data-travelling", view.travelling);
  the("clock-note").textContent = view.travelling ? "Le temps passe…" : "Tout ce qui doit arriver en chemin arrive, à son heure.";
  showProgress(view);
  tick();
}

function showProgress(view) {
  const bar = the("clock-progress");
  if (!view.travelling) start = 0;
  else if (!start) start = clock.at;
  bar.hidden = !view.travelling;
  if (view.until) bar.value = (clock.at - start) / (Date.parse(view.until) - start || 1);
  else bar.removeAttribute("value");
}

function tick() {
  if (!clock) return;
  const now = clock.at + (clock.travelling ? 0 : performance.now() - clock.since);
  the("now").textContent = `${fullDay(now)}, ${hour(now)}`;
  the("clock-day").textContent = fullDay(now);
  the("clock-hour").textContent = hour(now);
}

export function beginWorld() {
  the("clock-acts").addEventListener("click", (event) => {
    const span = event.target.closest("button")?.dataset.span;
    if (span) act("travel", { span });
  });
  the("clock-days").addEventListener("submit", (event) => {
    event.preventDefault();
    act("days", { days: Number(the("days").value) });
  });
  setInterval(tick, 1000);
}
