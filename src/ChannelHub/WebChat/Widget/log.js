// What stands is kept and only what changed is made anew: the log is a live region, and what is made again is read out again.
const rows = new Map();
let painting = false, pinned = true, arrived = false;

function paint() {
  if (painting) return;
  painting = true;
  queueMicrotask(() => { painting = false; paintNow(); });
}

/** The button of this message that the visitor pressed, by what was said after it. */
function pressedOf(message, all) {
  const ids = message.parts.flatMap(buttonsOf).map((button) => button.id);
  if (!ids.length) return null;
  const reply = all.slice(all.indexOf(message) + 1).filter((other) => other.direction === 'in').flatMap((other) => other.parts).find((part) => ids.includes(part.button_id));
  return reply ? reply.button_id : null;
}

function pending(item) {
  const { file } = item;
  const attachment = file ? { file, file_name: file.name, size: file.size, content_type: file.type } : item.attachment;
  const parts = attachment ? [{ type: isPicture(attachment) ? 'image' : 'file', attachment }] : item.parts;
  return { ...item, id: item.client_id, direction: 'in', author: { kind: 'customer' }, parts, pending: true };
}

function row(message) {
  const key = message.client_id ?? message.id;
  if (!rows.has(key)) {
    const parts = { who: h('div', { class: 'who' }), body: h('div', { class: 'body' }), meta: h('div', { class: 'meta', 'aria-live': 'off' }) };
    rows.set(key, { ...parts, node: h('div', {}, parts.who, parts.body, parts.meta), shown: null, told: null });
  }
  return rows.get(key);
}

/** What can be seen of a part; with it, one's own words do not change when the server has taken them. */
const visible = (part) => Object.entries(part).filter(([name, value]) => value !== null && !['index', 'state', 'provider_id'].includes(name)).sort();

function updateRow(message, all, first, last, seen) {
  const entry = row(message);
  const mine = message.direction === 'in', system = message.author?.kind === 'system';
  const name = mine ? words.you : String(message.author?.name || title.textContent || words.shop);
  const pressed = pressedOf(message, all);
  const shown = JSON.stringify([message.parts.map(visible), message.deleted_at, pressed, message.reply_to && thread.has(message.reply_to)]);
  if (entry.shown !== shown) {
    entry.shown = shown;
    entry.who.replaceChildren(system ? '' : name, h('span', { class: 'aside' }, system ? '' : ` ${words.says}`));
    entry.body.replaceChildren(...renderBody(message, pressed));
  }
  entry.who.className = mine || system || !first ? 'aside' : 'who';
  entry.node.className = `row${mine ? ' mine' : ''}${system ? ' system' : ''}${first ? ' first' : ''}${last ? ' last' : ''}`
    + `${message.trouble ? ' troubled' : ''}${message.pending && !message.trouble ? ' waiting' : ''}`;
  const told = JSON.stringify([message.sent_at, message.pending, message.trouble, message.edited_at, seen]);
  if (entry.told !== told) {
    entry.told = told;
    entry.meta.replaceChildren(...renderMeta(message, seen));
  }
  return entry.node;
}

function renderMeta(message, seen) {
  if (message.trouble) {
    const again = () => { log.focus(); reviveOutbox(outbox.filter((item) => item.trouble?.passing || item.client_id === message.client_id)); };
    const drop = () => { log.focus(); dropSent(message.client_id); paint(); };
    return [`${words.unsent}: ${message.trouble.text}`, h('button', { type: 'button', click: again }, words.again), h('button', { type: 'button', click: drop }, words.remove)];
  }
  if (message.pending) return [words.sending];
  const sent = new Date(message.sent_at);
  if (Number.isNaN(sent.getTime())) return [];
  const notes = [message.edited_at && words.edited, seen && words.seen].filter(Boolean).map((note) => ` · ${note}`);
  return [h('time', { datetime: message.sent_at, title: exact.format(sent) }, clock.format(sent)), ...notes];
}

const days = new Map();
function dayNode(date) {
  const day = date.toDateString();
  if (!days.has(day)) days.set(day, h('div', { class: 'day' }));
  const node = days.get(day), name = new Intl.RelativeTimeFormat(clock.resolvedOptions().locale, { numeric: 'auto' });
  const ago = Math.round((new Date(day) - new Date(new Date().toDateString())) / (24 * 60 * minutes));
  const label = ago === 0 || ago === -1 ? name.format(ago, 'day').replace(/^./u, (letter) => letter.toUpperCase()) : calendar.format(date);
  if (node.textContent !== label) node.textContent = label;
  return node;
}

function arrange(all) {
  const nodes = [];
  const seenAt = all.findIndex((message) => message.id === readUpTo);
  const lastMine = all.slice(0, seenAt + 1).map((message) => message.direction).lastIndexOf('in');
  const speaker = ({ direction, author }) => direction === 'in' ? direction : `${author?.kind} ${author?.name}`;
  const together = (left, right) => left && right && speaker(left) === speaker(right) && Date.parse(right.sent_at) - Date.parse(left.sent_at) < 5 * minutes;
  if (older) nodes.push(earlier);
  else if (loaded && greeting.textContent) nodes.push(greeting);
  let day = '';
  all.forEach((message, i) => {
    const date = new Date(message.sent_at), turned = !Number.isNaN(date.getTime()) && date.toDateString() !== day;
    if (turned) { day = date.toDateString(); nodes.push(dayNode(date)); }
    const last = !together(message, all[i + 1]) || message.edited_at || i === lastMine || all[i + 1].pending !== message.pending;
    nodes.push(updateRow(message, all, turned || !together(all[i - 1], message), last, i === lastMine));
  });
  return nodes;
}

function paintNow() {
  const confirmed = messages();
  const all = confirmed.concat(outbox.map(pending));
  const fromEnd = log.scrollHeight - log.scrollTop;
  const atTop = log.scrollTop < 40;
  const nodes = arrange(all);
  nodes.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
  while (list.children.length > nodes.length) list.lastChild.remove();
  const keys = new Set(all.map((message) => message.client_id ?? message.id));
  rows.forEach((_, key) => { if (!keys.has(key)) rows.delete(key); });
  log.setAttribute('aria-busy', String(loading));
  if (pinned) log.scrollTop = log.scrollHeight;
  else if (atTop) log.scrollTop = log.scrollHeight - fromEnd; // earlier messages went in above
  if (arrived && !pinned) newer.hidden = false;
  arrived = false;

  markRead(confirmed);
  const count = unread(confirmed);
  badge.hidden = count === 0 || isOpen();
  badge.textContent = count > 9 ? '9+' : String(count);
  launcher.setAttribute('aria-label', isOpen() ? words.close : words.launcher(count));
  const agent = confirmed.filter((message) => message.direction === 'out' && message.author?.name).pop()?.author.name;
  typingLine.replaceChildren(...(typing ? [h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), `${agent || title.textContent} ${words.typing}`] : []));
  paintNotice();
  rememberTab();
}

let saying = '', sayTimer = 0;
function inform(text) {
  saying = text;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { saying = ''; paint(); }, 8 * seconds);
  paint();
}

function paintNotice() {
  const lost = !live && Date.now() - lostAt > 2.5 * seconds;
  const text = saying || (unavailable ? words.unavailable : !navigator.onLine ? words.offline : lost ? words.connecting : '');
  if (notice.textContent !== text) notice.textContent = text;
}
