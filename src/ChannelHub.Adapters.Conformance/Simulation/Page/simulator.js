"use strict";
// The customers' side of the simulator, and the shop's. Whatever comes from outside is set as text, never as markup.

const byId = id => document.getElementById(id);
const pace = 1000;
let start = null;
let drawn = "";
let asking = 0;
let told = null;
let heard = [];

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function ask(call, body) {
  const chosen = { person: Number(byId("person").value), channel: byId("channel").value };
  const query = new URLSearchParams(chosen);
  const response = body === undefined
    ? await fetch(`/api/${call}?${query}`)
    : await fetch(`/api/${call}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...chosen, ...body }) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `the simulator answered ${response.status}`);
  return answer;
}

const unreachable = "The simulator cannot be reached. Is it still running?";

// What went wrong stands until something else is tried; that nobody answers, until somebody does.
async function attempt(work, isWatching) {
  const trouble = byId("trouble");
  try {
    await work();
    if (!isWatching || trouble.textContent === unreachable) trouble.textContent = "";
  } catch (fault) {
    trouble.textContent = fault instanceof TypeError ? unreachable : fault.message;
  }
}

const channel = () => start.channels.find(one => one.type === byId("channel").value);
const person = () => start.people.find(one => one.number === Number(byId("person").value));

const scrollDown = messages => { messages.scrollTop = messages.scrollHeight; };

function picture(link, alt) {
  const made = element("img");
  made.alt = alt;
  made.src = link;
  made.addEventListener("error", () => made.remove());
  made.addEventListener("load", () => scrollDown(made.closest(".messages")));
  return made;
}

function pressable(label, work, className) {
  const made = element("button", label, className);
  made.type = "button";
  made.addEventListener("click", () => attempt(() => work().then(refresh)));
  return made;
}

function shownBubble(message) {
  const bubble = element("li", null, "bubble");
  if (message.hasFile) {
    const link = element("a", "file");
    link.href = `/api/file?${new URLSearchParams({ person: byId("person").value, channel: byId("channel").value, message: message.id })}`;
    bubble.append(picture(link.href, "from the shop"), link);
  }
  bubble.append(element("span", message.text), element("small", "the shop"));
  const row = element("span", null, "buttons");
  message.buttons.forEach((button, index) => {
    const press = pressable(button.url ? `${button.label} (${button.url})` : button.label, () => ask("press", { message: message.id, button: index }));
    press.disabled = Boolean(button.url);
    row.append(press);
  });
  for (const state of channel().receipts) row.append(pressable(`Report as ${state}`, () => ask("report", { message: message.id, state }), "quiet"));
  if (row.childElementCount) bubble.append(row);
  return bubble;
}

function saidBubble(word) {
  const bubble = element("li", null, "bubble mine");
  bubble.append(element("span", word.text ?? `File: ${word.file}`), element("small", person().name));
  return bubble;
}

// What was said stands behind as many messages of the shop as there were at the time.
function drawChat(state) {
  const list = byId("chat");
  list.replaceChildren();
  let next = 0;
  state.shown.forEach((message, index) => {
    while (next < state.said.length && state.said[next].after <= index) list.append(saidBubble(state.said[next++]));
    list.append(shownBubble(message));
  });
  while (next < state.said.length) list.append(saidBubble(state.said[next++]));
  list.append(...heard.map(words => element("li", words, "bubble")));
  if (!list.childElementCount) list.append(element("li", channel().isChat ? "Write something." : "Call the shop.", "empty"));
  scrollDown(list.parentElement);
}

function partText(part) {
  const file = part.attachment ?? part.recording;
  const call = part.type === "call" ? `Call: ${part.status ?? "begun"}.` : "";
  const attached = file ? `File: ${file.file_name ?? part.type} (${file.state}).` : "";
  const buttons = (part.buttons ?? []).map(button => `[${button.label}]`).join(" ");
  return [call, attached, part.text ?? part.caption ?? part.label ?? part.button_id ?? part.transcript ?? "", buttons].filter(Boolean).join(" ") || `[${part.type}]`;
}

function threadBubble(message) {
  const bubble = element("li", null, message.direction === "in" ? "bubble" : "bubble mine");
  for (const part of message.parts) {
    if (part.type === "image" && part.attachment?.state === "ready") bubble.append(picture(`/api/attachment?id=${part.attachment.id}`, part.attachment.file_name ?? "picture"));
    bubble.append(element("span", partText(part), "part"));
  }
  bubble.append(element("small", [message.author.name ?? message.author.kind, titleOf(message.channel_type), message.state, message.sender_assurance].filter(Boolean).join(" · ")));
  if (message.error) bubble.append(element("small", `${message.error.kind ?? ""} ${message.error.detail ?? ""}`.trim(), "fault"));
  return bubble;
}

const titleOf = type => start.channels.find(one => one.type === type)?.title ?? type;

function drawThread(state) {
  const thread = state.thread;
  const list = byId("thread");
  list.replaceChildren();
  byId("answering").hidden = !thread;
  byId("raw").textContent = thread ? JSON.stringify(thread, null, 2) : "";
  byId("faults").hidden = state.violations.length === 0;
  byId("violations").replaceChildren(...state.violations.map(what => element("li", what)));
  if (!thread) {
    byId("whose").textContent = "This customer has not been here on this channel yet.";
    list.append(element("li", "What they write appears here.", "empty"));
    return;
  }
  const messages = thread.messages ?? [];
  byId("whose").textContent = `${thread.conversation.id}: all channels of this customer. `
    + (channel().isChat ? `Answers go by ${channel().title}.` : "Who calls is answered by text.");
  list.append(...[...messages].reverse().map(threadBubble));
  scrollDown(list.parentElement);
  byId("curl").textContent = `curl -s ${start.hub}/v1/conversations/${thread.conversation.id}/messages -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d `
    + `'{ "channel_id": "${channel().answerId}", "parts": [ { "type": "buttons", "text": "Shall we send it again?", "buttons": [ { "id": "yes", "label": "Yes" }, { "id": "no", "label": "No" } ] } ] }'`;
}

// Lists are drawn anew; whoever listens to the page hears only what came last.
function tell(state) {
  const newest = state.thread?.messages?.[0];
  if (newest && newest.id !== told) byId("news").textContent = `${newest.author.name ?? newest.author.kind}: ${newest.parts.map(partText).join(" ")}`;
  told = newest?.id;
}

async function refresh() {
  const turn = ++asking;
  const state = await ask("state");
  const now = JSON.stringify([byId("person").value, byId("channel").value, heard, state]);
  if (turn !== asking || now === drawn) return;
  drawn = now;
  // What has the focus would lose it with its bubble.
  const focused = byId("chat").contains(document.activeElement);
  drawChat(state);
  drawThread(state);
  tell(state);
  if (focused) byId("chat").parentElement.focus();
}

function chosen() {
  const isChat = channel().isChat;
  byId("say").hidden = byId("send").hidden = !isChat;
  byId("call").hidden = isChat;
  heard = [];
  byId("customer-title").textContent = `${person().name} (${person().phone}) on ${channel().title}`;
  attempt(refresh);
}

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function on(form, work) {
  byId(form).addEventListener("submit", event => {
    event.preventDefault();
    attempt(work);
  });
}

on("say", async () => {
  await ask("say", { text: byId("words").value });
  byId("words").value = "";
  await refresh();
});
for (const [field, form] of [["words", "say"], ["reply", "answer"]]) {
  byId(field).addEventListener("keydown", event => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId(form).requestSubmit();
    }
  });
}
async function sendFile(call, form, input, name) {
  const file = byId(input).files[0];
  const bytes = new Uint8Array(await file.arrayBuffer());
  await ask(call, { name: name || file.name, type: file.type || "application/octet-stream", bytes: base64(bytes) });
  byId(form).reset();
  await refresh();
}
on("send", () => sendFile("send", "send", "file", byId("name").value));
on("answer-file", () => sendFile("answer-file", "answer-file", "shop-file"));
on("answer", async () => {
  await ask("answer", { text: byId("reply").value, buttons: byId("buttons").value.split(",").map(label => label.trim()).filter(Boolean) });
  byId("answer").reset();
  await refresh();
});
on("call", async () => {
  const call = await ask("call", { keys: byId("keys").value, words: byId("voice").value, seconds: Number(byId("seconds").value), attested: byId("attested").checked });
  heard = call.heard;
  await refresh();
});
const flags = ["hold", "twice", "shuffle", "early", "shut"];
on("misbehave", async () => {
  const wish = { throttle: Number(byId("throttle").value), slow: Number(byId("slow").value) };
  for (const name of flags) wish[name] = byId(name).checked;
  await ask("misbehave", wish);
  byId("throttle").value = 0;
  byId("applied").textContent = "Applied to all channels.";
});
byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(byId("curl").textContent);
  byId("copied").textContent = "Copied.";
});
byId("person").addEventListener("change", chosen);
byId("channel").addEventListener("change", chosen);

attempt(async () => {
  const response = await fetch("/api/start");
  start = await response.json();
  byId("demo").href = `${start.hub}/demo`;
  byId("docs").href = `${start.hub}/docs`;
  byId("person").append(...start.people.map(one => new Option(one.name, one.number)));
  byId("channel").append(...start.channels.map(one => new Option(one.title, one.type)));
  byId("name").append(...start.hostileNames.map(name => new Option(JSON.stringify(name).slice(0, 60), name)));
  for (const name of flags) byId(name).checked = start.difficult[name] === true;
  byId("slow").value = start.difficult.slow ?? 0;
  chosen();
  setInterval(() => { if (!document.hidden) attempt(refresh, true); }, pace);
});
