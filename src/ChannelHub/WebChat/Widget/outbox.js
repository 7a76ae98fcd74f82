// The tab remembers its unsent words, so that a click to the next page loses none. Repeating is safe: the server knows the client_id.
const tab = record('sessionStorage', `channelhub:${channel}`);
const remembered = tab.get();
const outbox = [];
let pumping = false, draft = '';
if (remembered && remembered.visitor_id === (visit?.visitor_id ?? null)) { // else they were somebody else's
  outbox.push(...remembered.outbox.map((item) => ({ ...item, trouble: null })));
  draft = remembered.draft;
}

function rememberTab() {
  if (!visit && !isOpen() && !outbox.length && !box.value) { tab.clear(); return; } // who passes by leaves nothing
  const lasting = outbox.filter((item) => !item.file || item.attachment).map(({ file, ...item }) => item);
  tab.set({ visitor_id: visit?.visitor_id ?? null, open: isOpen(), draft: box.value, outbox: lasting });
}

function send(parts, file = null) {
  reviveOutbox(); // what failed earlier was said earlier
  outbox.push({ client_id: uuid(), parts, file, attachment: null, sent_at: new Date().toISOString(), trouble: null });
  pinned = true;
  paint();
  pump();
}

/** One at a time, so that words arrive in the order they were said. */
async function pump() {
  if (pumping) return;
  pumping = true;
  for (let item = next(); item; item = next()) {
    try {
      await deliver(item);
    } catch (error) {
      const waiting = passing(error) ? outbox.filter((other) => !other.trouble) : [item];
      waiting.forEach((other) => { other.trouble = { passing: passing(error), text: error.told ? error.message : words.unreachable }; });
      inform(words.failed);
    }
    paint();
  }
  pumping = false;

  function next() { return outbox.find((item) => !item.trouble); }
}

async function deliver(item) {
  for (let attempt = 0; outbox.includes(item); attempt += 1) {
    try {
      if (item.file && !item.attachment) item.attachment = await upload(item.file);
      const parts = item.attachment ? [{ type: isPicture(item.attachment) ? 'image' : 'file', attachment_id: item.attachment.id }] : item.parts;
      const message = await call('POST', 'messages', { json: { client_id: item.client_id, parts } });
      if (outbox.includes(item)) take({ ...message, client_id: item.client_id });
      return;
    } catch (error) {
      if (!passing(error) || attempt + 1 >= sendTries || error.retryAfter > minutes) throw error;
      await recover(error, attempt);
    }
  }
}

async function upload(file) {
  const path = `attachments?name=${encodeURIComponent(file.name || words.file)}`;
  const attachment = await call('POST', path, { body: file, type: file.type || 'application/octet-stream', timeout: 5 * minutes });
  pictures.set(attachment.id, Promise.resolve(file));
  return attachment;
}

function reviveOutbox(items = outbox.filter((item) => item.trouble?.passing)) {
  items.forEach((item) => { item.trouble = null; });
  wake();
  paint();
  pump();
}

function dropSent(clientId) {
  const at = outbox.findIndex((item) => item.client_id === clientId);
  if (at >= 0) outbox.splice(at, 1);
}

function dropUnsent() {
  outbox.length = 0;
  box.value = '';
  resize();
  tab.clear();
}
