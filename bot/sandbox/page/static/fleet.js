// The fleet: everybody at a glance, and the banks that one can let fall. Only where the demonstration has one.
import { act, get, h, reconcile, the } from "./dom.js";

const HABITS = { yours: "c’est vous", quick: "répond vite", slow: "prend son temps", silent: "se tait" };
const STATES = {
  SCARequired: ["bad", "Arrêtée"],
  wrongpass: ["bad", "Mot de passe"],
  passwordExpired: ["bad", "Mot de passe"],
  actionNeeded: ["bad", "À voir à la banque"],
  websiteUnavailable: ["wait", "Banque en panne"],
  decoupled: ["wait", "À valider"],
  additionalInformationNeeded: ["wait", "Code attendu"],
  validating: ["wait", "En cours"],
  rateLimiting: ["wait", "En attente"],
};
const NEAR = 14.5;
let open = () => {};

export async function showFleet(chosen) {
  const fleet = await get("/demo/fleet");
  const shown = [...fleet.clients].sort((one, other) => urgency(one) - urgency(other) || one.person - other.person);
  reconcile(the("fleet-rows"), shown.map((each) => ({ key: String(each.person), value: { ...glance(each), here: each.person === chosen.person }, build: row })));
  reconcile(the("brands"), fleet.banks.map((each) => ({ key: each.name, value: each, build: brand })));
  the("fleet-count").textContent = counted(fleet.clients);
}

const left = (link) => Math.ceil(link.days_left);
const urgency = (one) => (one.case ? -1000 : Math.min(...one.links.map((link) => (link.state ? -500 : left(link))), 999));

// What is shown, and no more: who changes in nothing that is seen keeps his row.
function glance(one) {
  return { person: one.person, restaurant: one.restaurant, name: one.name, habit: HABITS[one.habit] || "", inHand: one.case, links: one.links.map(linkGlance), last: one.last };
}

function linkGlance(link) {
  const [tone, words] = STATES[link.state] || (link.state ? ["wait", link.state] : left(link) <= NEAR ? ["wait", "À renouveler"] : ["good", "À jour"]);
  return { bank: link.bank, tone, words, days: link.days_left > 0 ? `${left(link)} j` : "0 j" };
}

function row(one) {
  return h("li", { class: "fleet-row", "data-here": one.here },
    h("button", { type: "button", onclick: () => open(one.person), "aria-label": `${one.restaurant}, ouvrir son téléphone` },
      h("span", { class: "fleet-who" },
        h("strong", {}, one.restaurant), one.inHand && h("span", { class: "state bad" }, "Chez le cabinet"), h("small", {}, `${one.name} · ${one.habit}`)),
      one.links.map((link) => h("span", { class: "fleet-link" }, h("span", {}, link.bank), h("span", { class: `state ${link.tone}` }, link.words), h("span", { class: "fleet-days" }, link.days))),
      !one.links.length && h("span", { class: "fleet-link" }, "Pas encore de banque"),
      h("small", { class: "fleet-last" }, one.last ? `${one.last.mine ? "→ " : ""}${one.last.text}` : "Aucun message")));
}

function brand(bank) {
  const what = bank.up ? "Couper" : "Rétablir";
  return h("li", { class: "brand-row" },
    h("span", {}, h("strong", {}, bank.name), h("small", {}, `${bank.clients} clients`)),
    h("span", { class: `state ${bank.up ? "good" : "bad"}` }, bank.up ? "répond" : "en panne"),
    h("button", { type: "button", "aria-label": `${what} ${bank.name}`, onclick: () => act("brand", { name: bank.name, up: !bank.up }) }, what));
}

function counted(clients) {
  const many = (test) => clients.filter(test).length;
  const stopped = many((one) => one.links.some((link) => link.state));
  const near = many((one) => one.links.some((link) => !link.state && left(link) <= NEAR));
  const inHand = many((one) => one.case);
  return `${clients.length} clients : ${near} à renouveler sous 14 jours, ${stopped} à l’arrêt, ${inHand} chez le cabinet.`;
}

// `choose` shows the phone of the one whose row is pressed.
export function beginFleet(clients, choose) {
  open = choose;
  const many = (habit) => clients.filter((each) => each.habit === habit).length;
  document.body.toggleAttribute("data-fleet", true);
  for (const each of document.querySelectorAll(".of-fleet")) each.hidden = false;
  the("fleet-intro").textContent = `Odette, Marcel et Sofia, c’est vous. Les autres répondent seuls : ${many("quick")} vite, ${many("slow")} en prenant leur temps ; ${many("silent")} se taisent toujours. Coupez une banque, avancez de quelques jours, et regardez Slack.`;
}
