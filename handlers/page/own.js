
// Our own form: the fields that the bank asks for, sealed in this browser, and the bank's answer as it comes.
// Law: what is typed leaves this script sealed, once, and is forgotten; after a lost answer we ask, and send nothing.
const beginOwnPage = (() => {

let session = "";
let asked = null;
let sending = false;
let answerTimer = 0;

const bytes = (text) => new TextEncoder().encode(text);
const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
const number32 = (value) => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);

function base64url(data) {
  const raw = Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join("");
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// RFC 7516, compact form, with the key of the content as it is (ECDH-ES) or as it travels (RSA-OAEP).
async function sealWith(contentKey, header, wrapped, text) {
  const aes = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  const head = base64url(bytes(JSON.stringify(header)));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: bytes(head), tagLength: 128 };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how, aes, bytes(text)));
  const parts = [wrapped, iv, sealed.slice(0, -16), sealed.slice(-16)].map(base64url);
  return [head, ...parts].join(".");
}

// RFC 7518, 4.6: the content's key is derived from a key pair that lives for this one message.
async function sealToCurve(jwk, text) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const point = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
  const theirs = await crypto.subtle.importKey("jwk", point, curve, false, []);
  const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256));
  const name = bytes("A256GCM");
  const info = joined(number32(name.length), name, number32(0), number32(0), number32(256));
  const key = await crypto.subtle.digest("SHA-256", joined(number32(1), shared, info));
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", ours.publicKey);
  const header = { alg: "ECDH-ES", enc: "A256GCM", kid: jwk.kid, epk: { kty, crv, x, y } };
  return sealWith(key, header, new Uint8Array(0), text);
}

// RFC 7518, 4.3: "RSA-OAEP" means SHA-1 there, "RSA-OAEP-256" is another algorithm.
async function sealToRsa(jwk, algorithm, text) {
  const hash = algorithm === "RSA-OAEP-256" ? "SHA-256" : "SHA-1";
  const how = { name: "RSA-OAEP", hash };
  const theirs = await crypto.subtle.importKey("jwk", { kty: jwk.kty, n: jwk.n, e: jwk.e }, how, false, ["encrypt"]);
  const key = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await crypto.subtle.encrypt(how, theirs, key);
  const header = { alg: algorithm, enc: "A256GCM", ...(jwk.kid ? { kid: jwk.kid } : {}) };
  return sealWith(key, header, wrapped, text);
}

async function sealed(key, link, typed) {
  const seal = (text) =>
    key.algorithm === "ECDH-ES" ? sealToCurve(key.jwk, text) : sealToRsa(key.jwk, key.algorithm, text);
  if (!key.each) return { sealed: await seal(JSON.stringify({ lid: link, p: typed })) };
  const values = {};
  for (const [name, value] of Object.entries(typed)) values[name] = await seal(value);
  return { values };
}

function made(tag, attributes, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

const word = (name) => the(`own-word-${name}`).textContent;

// What a phone's keyboard and a password manager should make of each kind.
const INPUTS = {
  text: { type: "text", autocapitalize: "none", autocorrect: "off", autocomplete: "off" },
  number: { type: "text", inputmode: "numeric", autocomplete: "off" },
  password: { type: "password", autocapitalize: "none", autocorrect: "off", autocomplete: "off" },
  one_time_code: { type: "text", inputmode: "numeric", autocomplete: "one-time-code" },
  date: { type: "date", autocomplete: "off" },
};

function control(one, id) {
  const common = { id, name: one.name, ...(one.required ? { required: "" } : {}), spellcheck: "false", maxlength: "500" };
  if (one.kind === "choice") {
    const select = made("select", { id, name: one.name, ...(one.required ? { required: "" } : {}) });
    select.append(made("option", { value: "" }, word("choose")));
    for (const option of one.options) select.append(made("option", { value: option.value }, option.label));
    return select;
  }
  const input = made("input", { ...common, ...(INPUTS[one.kind] || INPUTS.text) });
  if (one.pattern) input.setAttribute("pattern", one.pattern);
  return input;
}

function reveal(input, id) {
  const label = made("label", { class: "reveal", for: `${id}-show` });
  const box = made("input", { type: "checkbox", id: `${id}-show` });
  box.addEventListener("change", () => { input.type = box.checked ? "text" : "password"; });
  label.append(box, made("span", {}, word("show")));
  return label;
}

function row(one, index) {
  const id = `own-field-${index}`;
  const line = made("div", {});
  const input = control(one, id);
  line.append(made("label", { for: id }, one.label || word(one.kind)));
  if (one.hint) {
    line.append(made("p", { class: "hint", id: `${id}-hint` }, one.hint));
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  if (asked.notice.endsWith("refused")) input.setAttribute("aria-invalid", "true");
  input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
  line.append(input);
  if (one.kind === "password") line.append(reveal(input, id));
  return line;
}

function forget() {
  the("own-fields").replaceChildren();
  asked = null;
}

function notice(name) {
  for (const each of all("[data-notice]")) each.hidden = each.dataset.notice !== name;
}

// The fields are drawn anew only when they were used: a poll must not take away what is being typed.
function hear(answer) {
  if (answer.state === "form" && view === "form" && asked) return;
  const ask = answer.state === "form" ? (answer.code ? "code" : "password") : "";
  for (const each of all("[data-ask]")) each.hidden = each.dataset.ask !== ask;
  notice(answer.notice || (view === "offline" && ask ? "fresh" : ""));
  if (answer.state === "form") {
    asked = answer;
    the("own-fields").replaceChildren(...answer.fields.map(row));
    the("own-send").disabled = false;
  } else {
    forget();
  }
  the("own-approved").disabled = false;
  show(answer.state);
  if (answer.state === "form") the("own-fields").querySelector("input, select").focus();
}

function typed() {
  const values = {};
  for (const one of asked.fields) {
    const value = the("own-form").elements.namedItem(one.name).value;
    if (value) values[one.name] = value;
  }
  return values;
}

async function send(event) {
  event.preventDefault();
  if (sending || !asked) return;
  sending = true;
  the("own-send").disabled = true;
  let body;
  try {
    body = { session, ticket: asked.ticket, ...(await sealed(asked.key, asked.link, typed())) };
  } catch {
    sending = false;
    forget();
    return show("no-seal");
  }
  forget();
  hear({ state: "sent" });
  try {
    hear(await post("/l/send", body));
  } catch {
    show("offline"); // whether it left, the next answer tells: it is never sent again from here
  }
  sending = false;
  listen(POLL);
}

async function approved() {
  the("own-approved").disabled = true;
  notice("");
  try {
    hear(await post("/l/approved", { session }));
  } catch {
    the("own-approved").disabled = false;
  }
  listen(2 * POLL);
}

const LIVE = ["form", "sent", "approve", "offline"];

function listen(after) {
  clearTimeout(answerTimer);
  if (LIVE.includes(view)) answerTimer = setTimeout(answer, after);
}

async function answer() {
  let after = view === "form" ? 4 * POLL : POLL;
  if (!sending) {
    try {
      const told = await post("/l/answer", { session });
      if (!sending) hear(told);
    } catch (error) {
      after = Math.max(2 * POLL, (error.after || 0) * 1000);
      if (view === "sent") show("offline");
    }
  }
  listen(after);
}

function beginOwnPage(claimed) {
  session = claimed.session;
  if (!(window.crypto && crypto.subtle)) return show("no-seal");
  hear(claimed);
  return listen(4 * POLL);
}

if (the("own-form")) {
  the("own-form").addEventListener("submit", send);
  the("own-approved").addEventListener("click", approved);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && session) listen(0);
  });
}

return beginOwnPage;
})();
