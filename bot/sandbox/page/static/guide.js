// « Que faire maintenant ? »: the story in eight steps. The server says which are done; the words live here.
import { act, h, the } from "./dom.js";

// Where each step is played: tab, client (by place), app of the phone, and the element that is to be seen.
const STEPS = {
  invitation: { title: "Odette reçoit une invitation", text: "Le cabinet vient d’inviter Odette, de Chez Odette. Sur son téléphone, ouvrez l’invitation.", tab: "phone", client: 0, app: "chat", mark: "phone" },
  "first-sync": { title: "La première synchronisation", text: "Suivez le bot. Dans « One up », sur le téléphone : COMPTABILITÉ, Nouveau compte bancaire, Crédit Rural, un mot de passe au hasard. Puis « C’est fait ».", tab: "phone", client: 0, mark: "phone" },
  nudge: { title: "Le temps passe", text: "La banque de Marcel s’arrête dans deux semaines. Avancez jusqu’au prochain message : le bot lui écrit, à une heure décente.", tab: "world", client: 1, app: "chat", mark: "clock" },
  "step-a": { title: "Étape A : entrer dans la banque", text: "Sur le téléphone de Marcel, « Commencer ». Dans One up : COMPTABILITÉ, puis sa banque. Revenez dire « J’y suis ».", tab: "phone", client: 1, mark: "phone" },
  "step-b": { title: "Étape B : le bouton bleu", text: "Dans One up, en haut à droite : « Synchronisation avec la banque ». La banque le prouve, le bot donne la nouvelle date.", tab: "phone", client: 1, mark: "phone" },
  password: { title: "Le mot de passe change", text: "Dans une des deux banques de Sofia, « Changer le mot de passe ». Puis avancez jusqu’au prochain message : le bot s’en est aperçu seul.", tab: "world", client: 2, app: "chat", mark: "bank" },
  proof: { title: "La page sécurisée, et la preuve", text: "Ouvrez la page sécurisée : Telegram lui signe que c’est bien le client qui l’ouvre. Puis tapez le nouveau mot de passe, noté dans « La banque ».", tab: "phone", client: 2, app: "chat", mark: "phone" },
  "hand-over": { title: "Une personne prend le relais", text: "Au téléphone de Sofia, écrivez « je veux parler à quelqu’un ». Dans Slack : « Je prends », « Répondre », puis « Rendre au bot ». Une note dans le fil reste interne.", tab: "phone", client: 2, app: "chat", mark: "desk" },
};
let steps = [];
let done = new Set();
let listed = false;

const current = () => steps.find((each) => !done.has(each));

export function showGuide(story) {
  steps = story.steps || steps;
  done = new Set(story.done);
  const name = current();
  const step = STEPS[name];
  the("guide").hidden = false;
  the("guide-count").textContent = `${step ? steps.indexOf(name) + 1 : steps.length} / ${steps.length}`;
  write("guide-title", step ? step.title : "Vous avez tout vu");
  write("guide-text", step ? step.text : "Continuez librement : coupez une banque, laissez passer six mois, bloquez le bot, laissez un message sans réponse.");
  the("guide-go").hidden = the("guide-skip").hidden = !step;
  the("guide-dots").replaceChildren(...steps.map((each) => h("li", { class: look(each) })));
  the("guide-list").replaceChildren(...steps.map(line));
  for (const each of document.querySelectorAll("[data-here]")) each.removeAttribute("data-here");
  if (step) spot(step.mark).setAttribute("data-here", "");
  for (const tab of document.querySelectorAll(".tabs button")) tab.toggleAttribute("data-next", Boolean(step) && tab.dataset.tab === step.tab);
}

// A live region speaks of every change, so a text that is the same is left alone.
function write(id, text) {
  if (the(id).textContent !== text) the(id).textContent = text;
}

const look = (each) => (done.has(each) ? "done" : each === current() ? "current" : "");
const spot = (mark) => (mark === "bank" || mark === "clock" ? document.querySelector(`.world .${mark}`) : the(mark));

function line(each) {
  const state = done.has(each) ? "fait" : each === current() ? "en cours" : "à venir";
  return h("li", { class: look(each) }, h("strong", {}, STEPS[each].title), h("span", { class: "sr" }, ` (${state})`), h("p", {}, STEPS[each].text));
}

function unfold(open) {
  listed = open;
  the("guide-list").hidden = !open;
  the("guide-all").setAttribute("aria-expanded", String(open));
}

export function beginGuide(go) {
  the("guide-go").addEventListener("click", () => { unfold(false); go(STEPS[current()]); });
  the("guide-skip").addEventListener("click", () => act("skip", { step: current() }));
  the("guide-all").addEventListener("click", () => unfold(!listed));
  document.addEventListener("click", (event) => { if (listed && !event.target.closest("#guide")) unfold(false); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && listed) unfold(false), the("guide-all").focus(); });
}
