const thread = new Map();    // id → message as the server tells it
const fresh = new Set();     // ids that the stream brought while the history was being loaded: those are newer
let older = null;            // cursor of the page before the oldest
let loaded = false, loading = false, loads = 0, readUpTo = null, typing = false, typingTimer = 0;

const order = (left, right) => Date.parse(left.sent_at) - Date.parse(right.sent_at) || (left.id < right.id ? -1 : 1);
const messages = () => [...thread.values()].sort(order);

function forgetThread(cursor = null) {
  epoch += 1;
  thread.clear();
  pictures.clear();
  loaded = loading = false;
  older = readUpTo = null;
  position = cursor;
  showTyping(false);
  restart();
}

/** Puts a message into the thread, in place of what was known of it. */
function keep(message) {
  const parts = Array.isArray(message.parts) ? message.parts.filter((part) => part instanceof Object) : [];
  thread.set(message.id, { ...message, parts, client_id: message.client_id ?? thread.get(message.id)?.client_id });
  dropSent(message.client_id);
}

function take(message) {
  if (typeof message?.id !== 'string') return;
  const known = thread.get(message.id);
  if (loading) fresh.add(message.id);
  keep(message);
  if (!known && message.direction === 'out') { showTyping(false); arrived = true; }
  paint();
}

async function loadThread() {
  const mine = epoch, number = loads += 1;
  loading = true;
  fresh.clear();
  paint();
  for (let attempt = 0; mine === epoch && number === loads; attempt += 1) {
    try {
      const page = await call('GET', 'messages');
      if (mine !== epoch || number !== loads) return;
      const newer = [...fresh].map((id) => thread.get(id));
      thread.clear();
      page.data.concat(newer).forEach(keep);
      older = page.next;
      pinned = pinned || !loaded;
      loaded = true;
      loading = false;
      return paint();
    } catch (error) {
      if (!passing(error)) { loading = false; return; }
      await recover(error, attempt);
    }
  }
}

async function loadEarlier() {
  const mine = epoch;
  log.focus(); // the pressed button goes away
  try {
    const page = await call('GET', `messages?cursor=${encodeURIComponent(older)}`);
    if (mine !== epoch) return;
    page.data.filter((message) => !thread.has(message.id)).forEach(keep);
    older = page.next;
    paint();
  } catch { inform(words.unreachable); }
}

function showTyping(now) {
  clearTimeout(typingTimer);
  typing = Boolean(now);
  if (typing) typingTimer = setTimeout(() => showTyping(false), typingShown);
  paint();
}

/** Shop messages since the visitor last answered, looked, or read elsewhere. */
function unread(list) {
  let count = 0;
  for (let i = list.length - 1; i >= 0; i -= 1) {
    const message = list[i];
    if (message.direction === 'in' || message.id === visit?.seen || message.state === 'read') break;
    if (!message.deleted_at && message.author?.kind !== 'system') count += 1;
  }
  return count;
}

let readTimer = 0;
function markRead(list) {
  const last = list.filter((message) => message.direction === 'out').pop();
  if (!last || !isOpen() || document.hidden || visit?.seen === last.id) return;
  visit = { ...visit, seen: last.id };
  const stored = saved.get(); // read again: another tab may have a newer token there
  if (stored?.visitor_id === visit.visitor_id) saved.set({ ...stored, seen: last.id });
  clearTimeout(readTimer);
  readTimer = setTimeout(() => { if (visit) call('POST', 'read', { json: { up_to: last.id } }).catch(() => {}); }, seconds);
}
