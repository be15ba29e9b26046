// Slack's Block Kit, as far as the bot uses it; what this page does not know is shown as its raw text.
import { address, h } from "./dom.js";

const MARKS = /<([^<>|]+)(?:\|([^<>]*))?>|\*([^*\n]+)\*|_([^_\n]+)_|~([^~\n]+)~|`([^`\n]+)`/g;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

const plain = (text) => text.replace(/&(lt|gt|amp);/g, (found) => ENTITIES[found]);

// mrkdwn: *bold*, _italic_, ~struck~, `code`, <address|label>, <@person>.
export function mrkdwn(text, names) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    parts.push(plain(text.slice(at, found.index)), marked(found, names));
    at = found.index + found[0].length;
  }
  return [...parts, plain(text.slice(at))];
}

function marked([all, target, label, bold, italic, struck, code], names) {
  if (target) return linked(target, label, names);
  if (bold) return h("strong", {}, ...mrkdwn(bold, names));
  if (italic) return h("em", {}, ...mrkdwn(italic, names));
  if (struck) return h("s", {}, ...mrkdwn(struck, names));
  return code ? h("code", {}, plain(code)) : plain(all);
}

function linked(target, label, names) {
  if (target.startsWith("@")) return h("span", { class: "mention" }, `@${names[target.slice(1)] || target.slice(1)}`);
  const href = address(plain(target));
  const words = plain(label || target);
  return href ? h("a", { href, target: "_blank", rel: "noopener" }, words) : words;
}

const words = (text, names) => (text.type === "mrkdwn" ? mrkdwn(text.text, names) : [text.text]);

// One block; `press(element, value)` is called for what can be clicked.
export function block(each, names, press) {
  switch (each.type) {
    case "header": return h("p", { class: "b-header" }, each.text.text);
    case "divider": return h("hr");
    case "section": return section(each, names, press);
    case "context": return h("p", { class: "b-context" }, ...each.elements.flatMap((one) => (one.text ? words(one, names) : [])));
    case "actions": return h("div", { class: "b-actions" }, each.elements.map((one) => element(each, one, press)));
    case "rich_text": return h("div", { class: "b-rich" }, each.elements.map((one) => richPart(one, names)));
    case "image": return image(each);
    case "input": return input(each);
    default: return h("pre", { class: "b-raw" }, JSON.stringify(each, null, 1));
  }
}

function image(each) {
  const file = each.slack_file && each.slack_file.id;
  const shown = file ? h("img", { class: "b-image", src: `/demo/file/${file}`, alt: each.alt_text }) : h("p", {}, each.alt_text);
  return h("figure", {}, each.title && h("figcaption", {}, each.title.text), shown);
}

function section(each, names, press) {
  const fields = (each.fields || []).map((one) => h("p", {}, ...words(one, names)));
  return h("div", { class: "b-section" },
    h("div", {}, each.text && h("p", {}, ...words(each.text, names)), fields.length > 0 && h("div", { class: "b-fields" }, fields)),
    each.accessory && element(each, each.accessory, press));
}

function element(owner, one, press) {
  if (one.type === "button") {
    const style = one.style === "primary" ? "primary" : one.style === "danger" ? "danger" : "";
    const click = async (event) => {
      const pressed = event.currentTarget;
      if (one.confirm && !window.confirm(one.confirm.text.text)) return;
      pressed.setAttribute("aria-busy", "true");
      await press(owner, one, null);
      pressed.removeAttribute("aria-busy");
    };
    return h("button", { type: "button", class: style, onclick: click }, one.text.text);
  }
  if (one.type === "static_select") {
    const picked = one.initial_option && one.initial_option.value;
    const options = (one.options || []).map((option) => h("option", { value: option.value, selected: option.value === picked }, option.text.text));
    const first = !picked && h("option", { value: "" }, one.placeholder ? one.placeholder.text : "…");
    return h("select", { "aria-label": one.placeholder ? one.placeholder.text : "Choix", onchange: (event) => event.target.value && press(owner, one, event.target.value) }, first, options);
  }
  return h("pre", { class: "b-raw" }, JSON.stringify(one, null, 1));
}

function richPart(part, names) {
  const inside = (part.elements || []).flatMap((one) => richLeaf(one, names));
  switch (part.type) {
    case "rich_text_quote": return h("blockquote", {}, inside);
    case "rich_text_preformatted": return h("pre", {}, inside);
    case "rich_text_list": return h(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((one) => h("li", {}, (one.elements || []).flatMap((leaf) => richLeaf(leaf, names)))));
    default: return h("p", {}, inside);
  }
}

function richLeaf(leaf, names) {
  let shown = leaf.text || "";
  if (leaf.type === "user") shown = h("span", { class: "mention" }, `@${names[leaf.user_id] || leaf.user_id}`);
  if (leaf.type === "link") shown = linked(leaf.url, leaf.text, names);
  if (leaf.type === "emoji") shown = `:${leaf.name}:`;
  const style = leaf.style || {};
  if (style.code) shown = h("code", {}, shown);
  if (style.bold) shown = h("strong", {}, shown);
  if (style.italic) shown = h("em", {}, shown);
  if (style.strike) shown = h("s", {}, shown);
  return [shown];
}

// What is typed or picked; nothing where this page does not know the element.
function entry(each, one, props) {
  if (one.type === "static_select") {
    const options = one.options.map((option) => h("option", { value: option.value }, option.text.text));
    const field = h("select", { ...props, required: !each.optional }, h("option", { value: "" }, "…"), options);
    field.value = one.initial_option ? one.initial_option.value : "";
    return field;
  }
  if (one.type === "datepicker") {
    const field = h("input", { ...props, type: "date", required: !each.optional });
    field.value = one.initial_date || "";
    return field;
  }
  if (one.type !== "plain_text_input") return null;
  const typed = { ...props, maxlength: one.max_length, placeholder: one.placeholder && one.placeholder.text };
  const field = one.multiline ? h("textarea", { ...typed, rows: 4 }) : h("input", typed);
  field.value = one.initial_value || "";
  return field;
}

function input(each) {
  const { element: one } = each;
  const id = `input-${each.block_id}`;
  const props = { id, "data-block": each.block_id, "data-action": one.action_id, "aria-describedby": `${id}-error` };
  const field = entry(each, one, props);
  if (!field) return h("pre", { class: "b-raw" }, JSON.stringify(each, null, 1));
  return h("div", { class: "b-input" },
    h("label", { for: id }, each.label.text), field,
    each.hint && h("p", { class: "b-hint" }, each.hint.text),
    h("p", { class: "b-error", id: `${id}-error`, role: "alert" }));
}
