/*
 * ChannelHub's live chat for any web page:
 *
 *   <script src="https://hub.example/widget.js" data-channel="chn_…" async></script>
 *
 * Optional attributes: data-colour="#rrggbb" (the button before the first visit; afterwards the channel's setting rules),
 * data-theme="light|dark|auto" (default: dark only where the page itself declares a dark colour scheme and the visitor prefers it).
 * The one global: ChannelHub.open(), .close(), .identify(jwt) and .logout(); the last two give promises.
 *
 * Under a strict Content-Security-Policy the page needs script-src and connect-src for the hub's origin and nothing else. Hence:
 * constructed style sheets instead of <style>, text nodes instead of HTML (Trusted Types), pictures drawn on a canvas instead of loaded
 * through img-src. It is one file, longer than others of the house, because a page loads one script and nothing is built.
 *
 * A visitor is made only when somebody opens the chat or the shop names its customer: whoever just passes by is neither counted nor stored.
 */
(() => {
  'use strict';
  const script = document.currentScript ?? document.querySelector('script[data-channel][src*="widget.js"]');
  const fits = 'adoptedStyleSheets' in Document.prototype && 'replaceSync' in CSSStyleSheet.prototype
    && 'ReadableStream' in window && 'showModal' in (window.HTMLDialogElement?.prototype ?? {});
  if (window.ChannelHub || !script?.src || !fits) return; // loaded twice, or a browser too old: the page goes on without a chat
  if (!script.dataset.channel) {
    console.error('ChannelHub: the script tag needs data-channel="chn_…"');
    return;
  }

  const hub = new URL(script.src).origin;
  const channel = script.dataset.channel;
  const api = `${hub}/chat/${encodeURIComponent(channel)}/`;

  // ---------------------------------------------------------------- words and numbers

  const words = {
    launcher: (unread) => unread ? `Open chat, ${unread} unread ${unread === 1 ? 'message' : 'messages'}` : 'Open chat',
    close: 'Close chat', title: 'Chat with us', log: 'Messages', you: 'You', shop: 'Shop', says: 'said:',
    write: 'Your message', hint: 'Write a message…', send: 'Send message', attach: 'Attach a file',
    earlier: 'Show earlier messages', newer: 'New messages', typing: 'is typing…',
    sending: 'Sending…', unsent: 'Not sent', again: 'Try again', remove: 'Remove', seen: 'Seen', edited: 'edited',
    deleted: 'This message was deleted.', unsupported: 'This kind of message cannot be shown here.',
    offline: 'You are offline. What you write is sent when you are back.', connecting: 'Connecting…',
    unavailable: 'The chat is not available at the moment.', unreachable: 'The shop could not be reached.',
    failed: 'Your message was not sent.', tooLong: (over) => `${over} too many`,
    tooLarge: (name, limit) => `“${name}” is too large. A file may have up to ${size(limit)}.`,
    empty: (name) => `“${name}” is empty.`, noFile: 'The file could not be loaded.', pendingFile: 'being prepared', goneFile: 'not available',
    open: (name) => `Open picture ${name}`, save: (name, bytes) => `Download ${name}${bytes ? `, ${bytes}` : ''}`, file: 'file', place: 'Location',
    download: 'Download', back: 'Back to the chat',
  };

  const seconds = 1000, minutes = 60 * seconds;
  const typingPause = 3 * seconds;      // the server takes one typing signal in this time
  const typingShown = 8 * seconds;      // an agent who stopped without a word
  const silence = 70 * seconds;         // the stream carries a comment every 15 to 25 s; longer silence is a dead connection
  const hiddenGrace = 1 * minutes;      // a visitor has three streams over all tabs; one nobody looks at gives its place back
  const sessionFresh = 10 * minutes;    // walking through a shop must not ask for a session on every page
  const sendTries = 5;
  const phone = '(max-width: 480px), (max-height: 400px)';
  const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']; // no SVG: it can carry script

  // ---------------------------------------------------------------- small tools

  /** An element with attributes, listeners (functions) and children; strings become text nodes, never markup. */
  function h(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'function') node.addEventListener(name, value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function icon(name) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const path = document.createElementNS(svg.namespaceURI, 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', icons[name]);
    svg.append(path);
    return svg;
  }

  /** A record in the browser's storage, or in this page's memory where storage is blocked or full. */
  function record(area, name) {
    let memory = null;
    return {
      get() { try { return JSON.parse(window[area].getItem(name)) ?? memory; } catch { return memory; } },
      set(value) { try { window[area].setItem(name, JSON.stringify(value)); memory = null; } catch { memory = value; } },
      clear() { memory = null; try { window[area].removeItem(name); } catch { /* nothing was kept */ } },
    };
  }

  /** randomUUID exists on https only, and a shop may still be on http. */
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  function webAddress(value) {
    try {
      const url = new URL(value);
      return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
    } catch { return null; }
  }

  function size(bytes) {
    if (!(bytes > 0)) return '';
    if (bytes < 1024) return `${bytes} B`;
    return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1).replace('.0', '')} MB`;
  }

  function format(options) {
    try { return new Intl.DateTimeFormat(document.documentElement.lang || undefined, options); } catch { return new Intl.DateTimeFormat(undefined, options); }
  }
  const clock = format({ timeStyle: 'short' });
  const calendar = format({ weekday: 'long', day: 'numeric', month: 'long' });
  const exact = format({ dateStyle: 'long', timeStyle: 'short' });

  /** Full jitter: after an outage the visitors come back spread out and not in step. */
  const backoff = (attempt) => Math.random() * Math.min(60 * seconds, seconds * 2 ** attempt);

  // Waiting ends early when something says that trying is worth it now: the network is back, the tab is looked at, the visitor asks.
  const sleepers = new Set();
  const wake = () => sleepers.forEach((end) => end());
  const pause = (ms) => new Promise((resolve) => {
    const end = () => { clearTimeout(timer); sleepers.delete(end); resolve(); };
    const timer = setTimeout(end, ms);
    sleepers.add(end);
  });
  const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  /** After a failure: what the server asked for, to the letter, or else a jittered and breakable wait. */
  const recover = (error, attempt) => error.retryAfter ? sleep(error.retryAfter) : pause(backoff(attempt));

  // ---------------------------------------------------------------- the server

  /** The server's no. Anything else that is thrown while calling is the network. */
  class Refusal extends Error {
    constructor(response, problem, path) {
      super(problem.detail || problem.title || `HTTP ${response.status}`);
      this.status = response.status;
      this.path = path;
      this.told = Boolean(problem.detail || problem.title);
      const header = response.headers.get('Retry-After');
      const wait = Number(header) * seconds || Date.parse(header) - Date.now();
      if (wait > 0) this.retryAfter = Math.min(wait, 60 * minutes);
    }
  }
  const passing = (error) => !(error instanceof Refusal) || error.status >= 500 || [408, 425, 429].includes(error.status)
    || (error.status === 401 && error.path !== 'sessions'); // there it means: not without the shop's signature

  async function request(method, path, { token, json, body, type, position, signal, raw, timeout = 20 * seconds } = {}) {
    const limit = new AbortController();
    const timer = signal ? null : setTimeout(() => limit.abort(), timeout);
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (json) headers['Content-Type'] = 'application/json';
    if (type) headers['Content-Type'] = type;
    if (position) headers['Last-Event-ID'] = position;
    try {
      const response = await fetch(new URL(path, api), {
        method, headers, body: json ? JSON.stringify(json) : body, signal: signal ?? limit.signal,
        credentials: 'omit', cache: 'no-store', keepalive: path === 'sessions/logout',
      });
      if (!response.ok) throw new Refusal(response, await response.json().catch(() => ({})), path);
      if (signal || response.status === 204) return response;
      return raw ? await response.blob() : await response.json().catch(() => null);
    } finally { clearTimeout(timer); }
  }

  // The visit is this browser's credential and what goes with it: {visitor_id, token, sub, at, config, seen}. All tabs share the stored one.
  const saved = record('localStorage', `channelhub:${channel}`);
  let visit = saved.get();
  let identity = null;  // the shop's latest signed token; memory only, since it is short-lived and says who somebody is
  let epoch = 0;        // counts visitors; an answer that began under another one is dropped
  let renewal = null;

  /** One renewal at a time, over tabs too where the browser has locks, or two tabs would become two visitors. */
  function renew(reason = {}) {
    if (!renewal) {
      const work = () => establish(reason);
      renewal = (navigator.locks ? navigator.locks.request(`channelhub:${channel}`, work) : work()).finally(() => { renewal = null; });
    }
    return renewal;
  }

  async function establish({ refused, maxAge = Infinity, proof }) {
    const before = epoch;
    const known = saved.get();
    if (known && known.token !== refused && Date.now() - known.at < maxAge) return adopt(known); // another tab was quicker
    const ask = (token) => request('POST', 'sessions', { json: { resume: known?.token, identity: token ?? undefined, page: location.origin + location.pathname } });
    let signed = proof ?? identity;
    let answer;
    try {
      answer = await ask(signed);
    } catch (error) {
      if (proof || !identity || error.status !== 401) throw error;
      identity = signed = null; // it has run out; what the visitor's own token allows is still allowed
      answer = await ask(null);
    }
    if (before !== epoch) throw new Error('The visitor left meanwhile.');
    const same = known?.visitor_id === answer.visitor_id;
    adopt({
      visitor_id: answer.visitor_id, token: answer.token, at: Date.now(), config: answer.config ?? {}, seen: same ? known.seen : undefined,
      sub: signed ? subject(signed) : same ? known.sub : undefined,
    }, answer.cursor, Boolean(proof));
    saved.set(visit);
  }

  /** Calls on behalf of the visitor. A refused token is renewed silently, once per call. */
  async function call(method, path, options = {}) {
    if (!visit) await renew();
    const mine = epoch, { token } = visit;
    try {
      return await request(method, path, { ...options, token });
    } catch (error) {
      if (error.status !== 401 || mine !== epoch) throw error;
      await renew({ refused: token });
      if (mine !== epoch) throw error; // whether it may be said under another name, the caller decides
      return request(method, path, { ...options, token: visit.token });
    }
  }

  function adopt(next, cursor, signedIn) {
    const previous = visit;
    visit = next;
    if (previous?.visitor_id !== next.visitor_id || signedIn) { // signed in, the same visitor may see more than before
      if (previous?.sub && next.sub && previous.sub !== next.sub) dropUnsent(); // somebody else signed in: nothing of the one before goes along
      outbox.forEach((item) => { if (item.file) item.attachment = null; });       // files belong to the visitor who uploaded them
      forgetThread(cursor);
    }
    dress();
    paint();
  }

  /** The visitor is gone from this browser: after logout, or when another tab logged out. */
  function endVisit() {
    visit = identity = null;
    saved.clear();
    dropUnsent();
    close();
    forgetThread();
    dress();
    paint();
  }

  const subject = (jwt) => JSON.parse(atob(jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).sub;

  async function identify(jwt) {
    const sub = subject(jwt);
    const known = visit && visit.sub === sub && Date.now() - visit.at < sessionFresh;
    if (!known) {
      while (renewal) await renewal.catch(() => {}); // one that began without the signature will not do
      await renew({ proof: jwt, maxAge: 0 });
    }
    identity = jwt;
    connect();
  }

  async function logout() {
    const token = visit?.token;
    endVisit();
    if (token) await request('POST', 'sessions/logout', { token, json: {} }).catch(() => {}); // gone here in any case
  }

  // ---------------------------------------------------------------- the live stream

  // EventSource cannot send headers, and a token does not belong in an address; so the stream is read by hand.
  let following = false, suspended = false, live = false, unavailable = false, stream = null, position = null, lostAt = Date.now();
  const wanted = () => !suspended && (visit || isOpen());

  async function connect() {
    if (following) return;
    following = true;
    for (let attempt = 0; wanted(); attempt += 1) {
      const began = Date.now();
      const own = stream = new AbortController();
      let failure = null;
      try { await read(own); } catch (error) { failure = error; }
      setLive(false);
      if (own.signal.aborted) continue; // by us, to begin anew or to stop
      if (failure?.status === 400 || failure?.status === 410) position = null;
      else if (failure && !passing(failure)) { unavailable = true; break; }
      if (Date.now() - began > 10 * seconds) attempt = 0;
      await recover(failure ?? {}, attempt); // also after a regular end: when the hub restarts, nobody returns in step
    }
    following = false;
    paint();
  }

  async function read(own) {
    let watchdog;
    const listen = () => { clearTimeout(watchdog); watchdog = setTimeout(() => own.abort(), silence); };
    const late = setTimeout(loadThread, 5 * seconds); // where something on the way holds streams back, history comes all the same
    listen();
    try {
      const response = await call('GET', 'stream', { position, signal: own.signal });
      if (!response.body || response.status === 204) throw new Error('The stream has no body.');
      clearTimeout(late);
      setLive(true);
      unavailable = false;
      if (!position || !loaded) loadThread(); // only now: what is said between loading and listening would be lost
      reviveOutbox();
      const parse = eventParser((id) => { position = id; }, receive);
      const decoder = new TextDecoder();      // keeps a character that is cut in two until the rest comes
      const reader = response.body.getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        if (own.signal.aborted) return;
        listen();
        parse(decoder.decode(chunk.value, { stream: true }));
      }
    } finally { clearTimeout(watchdog); clearTimeout(late); }
  }

  /** Server-sent events: lines end in CR, LF or CRLF, also when the two halves of a CRLF arrive apart. */
  function eventParser(onPosition, onEvent) {
    let rest = '', afterCr = false, id = null, type = '', data = [];
    const line = (text) => {
      if (text === '') {
        if (data.length) onEvent(type || 'message', data.join('\n'));
        if (id !== null) onPosition(id); // after the event: a position never runs ahead of what was taken in
        type = ''; data = [];
        return;
      }
      const colon = text.indexOf(':');
      const field = colon < 0 ? text : text.slice(0, colon);
      const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
      if (field === 'data') data.push(value);
      else if (field === 'event') type = value;
      else if (field === 'id' && !value.includes('\0')) id = value;
    };
    return (chunk) => {
      if (!chunk) return;
      rest += afterCr && chunk[0] === '\n' ? chunk.slice(1) : chunk;
      afterCr = chunk.endsWith('\r');
      const lines = rest.split(/\r\n|\r|\n/);
      rest = lines.pop();
      lines.forEach(line);
    };
  }

  function receive(type, text) {
    let data;
    try { data = Object(JSON.parse(text)); } catch { return; } // what cannot be read must not be asked for again and again
    if (type === 'message') take(data);
    else if (type === 'typing') showTyping(data.typing);
    else if (type === 'reset') loadThread();
    else if (type === 'session') renew({ refused: visit?.token }).then(restart, restart);
    else if (type === 'read') { readUpTo = data.up_to; paint(); }
    else if (type === 'state' && thread.has(data.message_id)) take({ ...thread.get(data.message_id), state: data.state });
  }

  function restart() {
    stream?.abort();
    connect();
  }

  function setLive(now) {
    if (live === now) return;
    live = now;
    lostAt = Date.now();
    if (!now) setTimeout(paint, 3 * seconds); // a short break is not worth a word
    paint();
  }

  // ---------------------------------------------------------------- the thread

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

  // ---------------------------------------------------------------- what is still to be sent

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

  // ---------------------------------------------------------------- showing a message

  const isPicture = (attachment) => pictureTypes.includes(attachment.content_type);
  const pictures = new Map(); // attachment id → promise of its bytes

  function bytes(attachment) {
    if (attachment.file) return Promise.resolve(attachment.file);
    const url = new URL(attachment.url, api);
    if (url.origin !== hub) return Promise.reject(new Error('Not a file of the hub.')); // the visitor's token goes to the hub alone
    if (!pictures.has(attachment.id)) {
      const loading = call('GET', url.href, { raw: true, timeout: 5 * minutes });
      pictures.set(attachment.id, loading);
      loading.catch(() => pictures.delete(attachment.id));
    }
    return pictures.get(attachment.id);
  }

  /** Saves a file by a link that is never shown; as bytes without a type, so that nothing opens it as a page of the shop's. */
  async function save(attachment) {
    try {
      const url = URL.createObjectURL(new Blob([await bytes(attachment)], { type: 'application/octet-stream' }));
      h('a', { href: url, download: String(attachment.file_name || words.file) }).click();
      setTimeout(() => URL.revokeObjectURL(url), minutes);
    } catch { inform(words.noFile); }
  }

  function chip(attachment) {
    const name = String(attachment.file_name || words.file);
    const state = { pending: words.pendingFile, failed: words.goneFile, refused: words.goneFile }[attachment.state] ?? size(attachment.size);
    const ready = attachment.file || !attachment.state || attachment.state === 'ready';
    return h('button', { type: 'button', class: 'chip', disabled: !ready, 'aria-label': ready ? words.save(name, state) : `${name}, ${state}`, click: () => save(attachment) },
      icon('file'), h('span', {}, h('b', { dir: 'auto' }, name), h('small', {}, state)));
  }

  // A canvas and not an <img>: drawing needs no img-src from the page, keeps the token out of addresses and runs nothing.
  async function draw(canvas, attachment, width, height) {
    const bitmap = await createImageBitmap(await bytes(attachment));
    const scale = Math.min(1, width / bitmap.width, height / bitmap.height);
    canvas.width = Math.max(1, bitmap.width * scale);
    canvas.height = Math.max(1, bitmap.height * scale);
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
  }

  function picture(attachment) {
    const canvas = h('canvas', { width: 60, height: 60 });
    const label = words.open(String(attachment.file_name || ''));
    const frame = h('button', { type: 'button', class: 'picture', 'aria-label': label, click: () => enlarge(attachment) }, canvas);
    whenNear.set(frame, () => draw(canvas, attachment, 520, 640).catch(() => frame.replaceWith(chip(attachment))));
    near.observe(frame);
    return frame;
  }

  function enlarge(attachment) {
    const name = String(attachment.file_name || ''), canvas = h('canvas', { role: 'img', 'aria-label': name });
    viewer.replaceChildren(canvas, h('div', { class: 'tools' },
      h('button', { type: 'button', class: 'pill', click: () => save(attachment) }, words.download),
      h('button', { type: 'button', class: 'pill', click: () => viewer.close() }, words.back)));
    viewer.setAttribute('aria-label', name);
    viewer.showModal();
    draw(canvas, attachment, 2400, 2400).catch(() => { viewer.close(); inform(words.noFile); });
  }

  const whenNear = new WeakMap();
  const near = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
    near.unobserve(target);
    whenNear.get(target)();
  }), { rootMargin: '300px' });

  const outward = (kind, href, ...children) => h('a', { class: kind, dir: 'auto', href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, ...children);

  function linked(text) {
    const pieces = [];
    let done = 0;
    for (const { 0: match, index } of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
      const bracketed = match.includes('(');
      let end = match.length; // a full stop after an address is not part of it; a bracket is, if it was opened inside
      while (end && ('.,;:!?\'"»”’…]'.includes(match[end - 1]) || (match[end - 1] === ')' && !bracketed))) end -= 1;
      const shown = match.slice(0, end), href = webAddress(shown);
      if (href) {
        pieces.push(text.slice(done, index), outward(null, href, shown));
        done = index + end;
      }
    }
    return [...pieces, text.slice(done)];
  }

  const bubble = (...children) => h('div', { class: 'bubble' }, h('div', { dir: 'auto' }, ...children)); // the corner follows the page, the text itself
  const wording = (text) => text ? bubble(...linked(String(text))) : null;

  const buttonsOf = (part) => Array.isArray(part.buttons) ? part.buttons.filter(Boolean) : [];

  function choices(part, pressed) {
    const buttons = buttonsOf(part).map((button) => {
      const label = String(button.label ?? ''), href = button.url && webAddress(button.url);
      if (href) return outward('choice', href, label);
      const press = () => { log.focus(); send([{ type: 'reply', button_id: button.id, label }]); };
      return h('button', { type: 'button', class: 'choice', dir: 'auto', disabled: pressed !== null, 'aria-pressed': pressed === button.id ? 'true' : null, click: press }, label);
    });
    return [wording(part.text), h('div', { class: 'choices' }, ...buttons)];
  }

  function place(part) {
    const at = `${Number(part.latitude)},${Number(part.longitude)}`.split(',');
    const map = `https://www.openstreetmap.org/?mlat=${at[0]}&mlon=${at[1]}#map=16/${at[0]}/${at[1]}`;
    return outward('chip', map, icon('place'), h('span', {}, h('b', {}, String(part.name || words.place)), h('small', {}, String(part.address || at.join(', ')))));
  }

  function renderPart(part, pressed) {
    const attachment = part.attachment;
    switch (part.type) {
      case 'text': return [wording(part.text)];
      case 'reply': return [wording(part.label)];
      case 'buttons': return choices(part, pressed);
      case 'image': case 'sticker': case 'audio': case 'video': case 'file':
        return [isPicture(attachment) && (attachment.file || attachment.state !== 'pending') ? picture(attachment) : chip(attachment), wording(part.caption)];
      case 'location': return [place(part)];
      case 'contact': return [wording([part.name, ...(part.phones ?? []), ...(part.emails ?? [])].filter(Boolean).join('\n'))];
      default: return [h('div', { class: 'bubble gone' }, words.unsupported)];
    }
  }

  function renderBody(message, pressed) {
    if (message.deleted_at) return [h('div', { class: 'bubble gone' }, words.deleted)];
    const quoted = thread.get(message.reply_to)?.parts.find((part) => part.text || part.caption || part.label);
    const quote = quoted && h('div', { class: 'quote', dir: 'auto' }, String(quoted.text || quoted.caption || quoted.label));
    const parts = message.parts.reduce((all, part) => {
      try { return all.concat(renderPart(part, pressed)); } catch { return all.concat(renderPart({}, null)); } // one odd part must not hide the others
    }, []);
    return [quote, ...parts].filter(Boolean);
  }

  // ---------------------------------------------------------------- painting the log

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

  // ---------------------------------------------------------------- looks

  const dark = `--bg:#1d2126; --well:#15181c; --ink:#eceff2; --soft:#a7b1bb; --line:#363d45; --theirs:#282e35; --alarm:#ff9d92; --halo:rgb(255 255 255 / .14);`;
  const css = `
    :host { all: initial !important;
      --bg:#fff; --well:#f4f5f7; --ink:#1b1f24; --soft:#59626d; --line:#e1e4e8; --theirs:#fff; --alarm:#b3261e; --halo:rgb(255 255 255 / .7); }
    :host([data-theme=dark]) { ${dark} }
    @media (prefers-color-scheme: dark) { :host([data-theme=auto]) { ${dark} } }
    @media print { :host { display: none !important; } }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .root { position: fixed; z-index: 2147483000; inset-block-end: calc(20px + env(safe-area-inset-bottom)); inset-inline-end: 20px;
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--ink); text-align: start; }
    button, textarea { font: inherit; color: inherit; }
    button { cursor: pointer; border: 0; background: none; padding: 0; }
    button:disabled { cursor: default; }
    :focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
    svg { display: block; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .aside { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

    .launcher { position: relative; inline-size: 58px; block-size: 58px; border-radius: 50%; border: 1px solid transparent; display: grid;
      place-items: center; background: var(--channelhub-colour); color: var(--channelhub-text);
      box-shadow: 0 0 0 1px var(--halo), 0 6px 20px rgb(15 23 42 / .28); transition: transform .15s; }
    .launcher:hover { transform: translateY(-2px); }
    .launcher svg { inline-size: 26px; block-size: 26px; }
    .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; border-radius: 11px;
      padding-inline: 6px; background: #b3261e; color: #fff; font-size: 12px; font-weight: 650; line-height: 22px; text-align: center; }

    .panel { position: fixed; inset: auto; inset-block-end: calc(92px + env(safe-area-inset-bottom)); inset-inline-end: 20px; margin: 0; padding: 0;
      inline-size: 384px; max-inline-size: calc(100vw - 40px); block-size: min(640px, 100vh - 116px); max-block-size: none; color: inherit;
      border: 1px solid var(--line); border-radius: 16px; overflow: hidden; background: var(--well);
      box-shadow: 0 18px 50px rgb(15 23 42 / .22), 0 2px 8px rgb(15 23 42 / .08); }
    .panel[open] { display: flex; flex-direction: column; animation: rise .18s ease-out; }
    .panel::backdrop { background: none; }
    .panel:focus { outline: none; }
    @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
    .bar { flex: none; display: flex; align-items: center; gap: 8px; padding-block: 14px; padding-inline: 18px 12px;
      background: var(--channelhub-colour); color: var(--channelhub-text); border-block-end: 1px solid transparent; }
    .bar h2 { flex: 1; margin: 0; font-size: 16px; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
    .bar button { inline-size: 36px; block-size: 36px; border-radius: 10px; display: grid; place-items: center; }
    .bar button:hover { background: rgb(127 127 127 / .25); }
    .bar :focus-visible, .mine :focus-visible { outline-color: currentColor; outline-offset: -3px; }
    .bar svg { inline-size: 20px; block-size: 20px; }
    .notice { flex: none; padding: 8px 18px; font-size: 13px; background: var(--bg); border-block-end: 1px solid var(--line); }
    .notice:empty { display: none; }

    .log { flex: 1; min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding: 14px 16px 6px; }
    .log:focus-visible { outline-offset: -3px; }
    .list { display: flex; flex-direction: column; }
    .list > :first-child { margin-block-start: 0 !important; }
    .day + .row { margin-block-start: 0 !important; }
    .day { align-self: center; margin-block: 14px 6px; font-size: 12px; color: var(--soft); }
    .row { display: flex; flex-direction: column; align-items: flex-start; margin-block-start: 3px; max-inline-size: 86%; }
    .row.first { margin-block-start: 12px; }
    .row.mine { align-self: flex-end; align-items: flex-end; }
    .row.system { align-self: center; align-items: center; text-align: center; color: var(--soft); font-size: 13px; }
    .who { font-size: 12px; font-weight: 600; color: var(--soft); margin-block-end: 3px; padding-inline: 4px; overflow-wrap: anywhere; }
    .body { display: flex; flex-direction: column; gap: 3px; align-items: inherit; max-inline-size: 100%; }
    .bubble { padding: 8px 13px; border: 1px solid var(--line); border-radius: 16px; border-end-start-radius: 5px; background: var(--theirs);
      white-space: pre-wrap; overflow-wrap: anywhere; max-inline-size: 100%; }
    .bubble > div { unicode-bidi: plaintext; }
    .mine .bubble { border-color: transparent; border-radius: 16px; border-end-end-radius: 5px; background: var(--channelhub-colour);
      color: var(--channelhub-text); }
    .system .bubble { border: 0; padding: 0; background: none; }
    .bubble.gone { font-style: italic; background: none; border: 1px dashed var(--line); color: var(--soft); }
    .bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
    .quote { max-inline-size: 100%; padding-inline: 9px; border-inline-start: 3px solid var(--line); color: var(--soft); font-size: 13px;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .meta { font-size: 11.5px; color: var(--soft); padding-inline: 4px; margin-block-start: 2px; }
    .row:not(.last):not(.troubled) .meta { display: none; }
    .mine .meta { text-align: end; }
    .troubled .meta { color: var(--alarm); font-size: 13px; }
    .meta button { text-decoration: underline; font-weight: 600; margin-inline-start: 8px; padding-block: 3px; }
    .waiting .body { opacity: .72; }
    .choices { display: flex; flex-wrap: wrap; gap: 6px; margin-block-start: 4px; }
    .choice { border: 1px solid var(--soft); border-radius: 18px; padding: 6px 14px; background: var(--bg); color: var(--ink);
      text-decoration: none; overflow-wrap: anywhere; text-align: start; }
    .choice:hover:not(:disabled) { border-color: var(--ink); box-shadow: inset 0 0 0 1px var(--ink); }
    .choice:disabled { color: var(--soft); border-color: var(--line); }
    .choice[aria-pressed=true] { background: var(--channelhub-colour); color: var(--channelhub-text); }
    .picture { border-radius: 14px; overflow: hidden; border: 1px solid var(--line); background: var(--line); line-height: 0; max-inline-size: min(260px, 100%); }
    .picture canvas { display: block; max-inline-size: 100%; min-inline-size: 60px; min-block-size: 60px; }
    .viewer { margin: auto; padding: 0; border: 0; background: none; max-inline-size: 96vw; max-block-size: 96vh; }
    .viewer[open] { display: grid; gap: 14px; justify-items: center; }
    .viewer::backdrop { background: rgb(15 18 22 / .82); }
    .viewer canvas { max-inline-size: 96vw; max-block-size: calc(96vh - 60px); border-radius: 8px; }
    .viewer :focus-visible { outline-color: #fff; }
    .tools { display: flex; gap: 10px; }
    .chip { display: flex; color: inherit; text-decoration: none; align-items: center; gap: 10px; padding: 9px 13px; border: 1px solid var(--line); border-radius: 14px;
      background: var(--theirs); text-align: start; max-inline-size: 100%; }
    .chip:hover:not(:disabled) { border-color: var(--ink); }
    .chip svg { flex: none; inline-size: 22px; block-size: 22px; }
    .chip b { display: block; font-weight: 550; overflow-wrap: anywhere; }
    .chip small { color: var(--soft); font-size: 12.5px; }
    .pill { align-self: center; margin-block: 4px; padding: 5px 14px; border: 1px solid var(--line); border-radius: 16px; background: var(--bg); font-size: 13px; }
    .newer { position: absolute; inset-inline: 0; margin-inline: auto; inline-size: max-content; inset-block-end: 76px; box-shadow: 0 3px 12px rgb(15 23 42 / .2); }
    .typing { flex: none; block-size: 24px; padding-inline: 20px; display: flex; align-items: center; gap: 8px; font-size: 12.5px; color: var(--soft); }
    .dots { display: flex; gap: 4px; }
    .dots i { inline-size: 6px; block-size: 6px; border-radius: 50%; background: currentColor; animation: breathe 1.2s infinite; }
    .dots i:nth-child(2) { animation-delay: .15s; } .dots i:nth-child(3) { animation-delay: .3s; }
    @keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }

    .composer { flex: none; display: flex; align-items: flex-end; gap: 4px; padding: 8px 10px calc(10px + env(safe-area-inset-bottom)); background: var(--bg);
      border-block-start: 1px solid var(--line); position: relative; }
    .composer textarea { flex: 1; min-inline-size: 0; resize: none; border: 1px solid transparent; background: none; padding: 8px; line-height: 1.4;
      min-block-size: 40px; max-block-size: 140px; outline: none; border-radius: 10px; }
    .composer textarea:focus-visible { border-color: var(--soft); }
    .composer textarea::placeholder { color: var(--soft); opacity: 1; }
    .composer button { flex: none; inline-size: 40px; block-size: 40px; border-radius: 50%; border: 1px solid transparent; display: grid; place-items: center; color: var(--soft); }
    .composer button:hover:not(:disabled) { color: var(--ink); background: var(--well); }
    .composer button.send, .composer button.send:hover:not(:disabled) { background: var(--channelhub-colour); color: var(--channelhub-text); }
    .composer button.send:disabled { background: var(--line); color: var(--soft); }
    .composer svg { inline-size: 20px; block-size: 20px; }
    .excess { position: absolute; inset-block-start: -22px; inset-inline-end: 16px; font-size: 12px; color: var(--alarm); background: var(--bg); padding-inline: 8px; border-radius: 8px; }
    .panel.over .composer { box-shadow: inset 0 0 0 2px var(--channelhub-colour); }
    @media ${phone} {
      .panel { inset: 0; inset-block-start: var(--channelhub-top, 0); inline-size: 100%; max-inline-size: none;
        block-size: var(--channelhub-height, 100dvh); border: 0; border-radius: 0; }
      .bar { padding-block-start: calc(12px + env(safe-area-inset-top)); }
      .composer textarea { font-size: 16px; }
      .root.open .launcher { visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }`;

  const icons = {
    chat: 'M21 11.5a8.4 8.4 0 0 1-12.3 7.4L3 21l2.1-5.7A8.4 8.4 0 1 1 21 11.5z', close: 'M6 6l12 12M18 6L6 18',
    down: 'M6 9l6 6 6-6', send: 'M12 19V5M5 12l7-7 7 7', file: 'M14 3H6v18h12V7zM14 3v4h4M12 11v6M9 14l3 3 3-3',
    clip: 'M20 11.5l-8.3 8.3a5.3 5.3 0 0 1-7.5-7.5l8.4-8.4a3.5 3.5 0 0 1 5 5L9.3 17.2a1.8 1.8 0 0 1-2.5-2.5l7.7-7.7',
    place: 'M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  };

  // ---------------------------------------------------------------- the panel

  const host = h('div', { 'data-channelhub': '' });
  const shadow = host.attachShadow({ mode: 'open' });
  const title = h('h2', { id: 'title' });
  const notice = h('div', { class: 'notice', role: 'status' });
  const list = h('div', { class: 'list' });
  const log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': words.log, tabindex: '0' }, list);
  const greeting = h('div', { class: 'row first last' });
  const earlier = h('button', { type: 'button', class: 'pill', click: loadEarlier }, words.earlier);
  const newer = h('button', { type: 'button', class: 'pill newer', hidden: true, click: () => { pinned = true; log.focus(); paint(); } }, words.newer);
  const typingLine = h('div', { class: 'typing' });
  const picker = h('input', { type: 'file', multiple: true, hidden: true, change: () => { addFiles(picker.files); picker.value = ''; } });
  const attach = h('button', { type: 'button', 'aria-label': words.attach, title: words.attach, click: () => picker.click() }, icon('clip'));
  const box = h('textarea', { rows: 1, dir: 'auto', 'aria-label': words.write, placeholder: words.hint, enterkeyhint: 'send', 'aria-describedby': 'excess' });
  const excess = h('div', { class: 'excess', id: 'excess', role: 'status', hidden: true });
  const submit = h('button', { type: 'submit', class: 'send', 'aria-label': words.send, title: words.send }, icon('send'));
  const composer = h('form', { class: 'composer' }, excess, picker, attach, box, submit);
  const panel = h('dialog', { class: 'panel', id: 'panel', 'aria-labelledby': 'title', tabindex: '-1' },
    h('div', { class: 'bar' }, title, h('button', { type: 'button', 'aria-label': words.close, title: words.close, click: close }, icon('close'))),
    notice, log, newer, typingLine, composer);
  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcher = h('button', { type: 'button', class: 'launcher', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', 'aria-controls': 'panel', click: () => (isOpen() ? close() : open()) });
  const viewer = h('dialog', { class: 'viewer', click: (event) => { if (event.target === viewer) viewer.close(); } });
  const root = h('div', { class: 'root' }, panel, launcher, viewer);
  const onPhone = matchMedia(phone);
  let asked = false, cameFrom = null, wroteAt = 0;

  function isOpen() { return panel.open; }

  function open({ focus = true } = {}) {
    if (!host.isConnected) { asked = true; return; }
    if (!isOpen()) {
      cameFrom = shadow.activeElement ?? document.activeElement;
      pinned = true;
      showPanel();
      if (!live && !following) { unavailable = false; lostAt = Date.now(); }
      setTimeout(paint, 3 * seconds); // by then there is a connection or a word about it
      wake();
      connect();
      paint();
    }
    // On a phone the keyboard would cover what there is to read.
    if (focus) (onPhone.matches ? panel : box).focus();
  }

  /** The browser's own dialog: beside the page on a large screen, and over it, with the page inert, on a small one. */
  function showPanel() {
    if (onPhone.matches) panel.showModal();
    else panel.open = true; // show() would take the focus, also when the panel only comes back on the next page
    root.classList.add('open');
    launcher.setAttribute('aria-expanded', 'true');
    launcher.replaceChildren(icon('down'));
    if (box.value) resize();
  }

  function close() {
    if (!isOpen()) return;
    const inside = panel.contains(shadow.activeElement);
    panel.close();
    root.classList.remove('open');
    launcher.setAttribute('aria-expanded', 'false');
    launcher.replaceChildren(icon('chat'), badge);
    if (inside) (cameFrom?.isConnected && cameFrom !== document.body ? cameFrom : launcher).focus();
    paint();
  }

  /** Colour and words of the channel. Black or white on the colour, whichever can be read better. */
  function dress() {
    const config = visit?.config ?? {};
    const hex = [config.colour, script.dataset.colour].find((value) => /^#[0-9a-f]{6}$/i.test(value ?? '')) ?? '#2f5d62';
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    host.style.setProperty('--channelhub-colour', hex);
    host.style.setProperty('--channelhub-text', 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#fff' : '#000');
    title.textContent = String(config.title || words.title);
    greeting.replaceChildren(...(config.greeting ? [bubble(...linked(String(config.greeting)))] : []));
    const own = script.dataset.theme ?? (getComputedStyle(document.documentElement).colorScheme.includes('dark') ? 'auto' : 'light');
    host.setAttribute('data-theme', own);
    resize();
  }

  const maxText = () => visit?.config?.max_text || 4000;
  const maxFile = () => visit?.config?.max_file_bytes || 10 * 1024 * 1024;

  function resize() {
    box.style.height = 'auto';
    if (box.scrollHeight) box.style.height = `${box.scrollHeight + 2}px`;
    const over = box.value.length - maxText();
    excess.hidden = over <= 0;
    excess.textContent = over > 0 ? words.tooLong(over) : '';
    submit.disabled = over > 0 || !box.value.trim();
  }

  function submitText(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (!text || text.length > maxText()) return;
    box.value = '';
    resize();
    box.focus();
    send([{ type: 'text', text }]);
  }

  function addFiles(files) {
    for (const file of files) {
      if (file.size > maxFile()) inform(words.tooLarge(file.name, maxFile()));
      else if (!file.size) inform(words.empty(file.name));
      else send([], file);
    }
  }

  function tellTyping() {
    if (!visit || !live || !box.value.trim() || Date.now() - wroteAt < typingPause) return;
    wroteAt = Date.now();
    call('POST', 'typing', { json: { typing: true } }).catch(() => {});
  }

  function wire() {
    composer.addEventListener('submit', submitText);
    box.addEventListener('input', () => { resize(); tellTyping(); rememberTab(); });
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submitText(event); // 229: Safari while composing
    });
    box.addEventListener('paste', (event) => { if (event.clipboardData.files.length) { event.preventDefault(); addFiles(event.clipboardData.files); } });
    panel.addEventListener('dragover', (event) => { if (event.dataTransfer.types.includes('Files')) { event.preventDefault(); panel.classList.add('over'); } });
    panel.addEventListener('dragleave', () => panel.classList.remove('over'));
    panel.addEventListener('drop', (event) => { event.preventDefault(); panel.classList.remove('over'); addFiles(event.dataTransfer.files); });
    panel.addEventListener('cancel', (event) => { event.preventDefault(); close(); });
    root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing || !isOpen()) return;
      event.preventDefault();
      if (viewer.open) viewer.close(); else close();
    });
    // Outside, the target looks like a plain <div>: the page's own shortcuts would take the visitor's letters for commands.
    ['keydown', 'keypress', 'keyup'].forEach((type) => host.addEventListener(type, (event) => event.stopPropagation()));
    log.addEventListener('scroll', () => {
      pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      if (pinned) newer.hidden = true;
    }, { passive: true });
    new ResizeObserver(() => { if (pinned) log.scrollTop = log.scrollHeight; }).observe(list);
    onPhone.addEventListener('change', () => { if (isOpen()) { panel.close(); showPanel(); } });
    wirePage();
  }

  function wirePage() {
    let hiding = 0;
    suspended = document.hidden; // opened in the background: nobody looks yet
    const suspend = () => { suspended = true; stream?.abort(); };
    const resume = () => { clearTimeout(hiding); suspended = false; wake(); if (visit || isOpen()) connect(); paint(); };
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) hiding = setTimeout(suspend, hiddenGrace);
      else resume();
    });
    addEventListener('pagehide', suspend); // an open stream would keep the page out of the back-forward cache
    addEventListener('pageshow', (event) => { if (event.persisted) resume(); });
    addEventListener('online', () => { reviveOutbox(); restart(); });
    addEventListener('offline', paint);
    addEventListener('storage', (event) => {
      if (event.key !== `channelhub:${channel}` && event.key !== null) return; // null: everything was cleared
      const other = saved.get();
      if (other) adopt(other);
      else if (visit) endVisit();
    });
    // The soft keyboard shrinks what can be seen without telling the layout.
    const view = window.visualViewport;
    const fit = () => {
      if (view.scale > 1.05) return; // pinched: the visitor is looking closely, not typing
      host.style.setProperty('--channelhub-height', `${view.height}px`);
      host.style.setProperty('--channelhub-top', `${view.offsetTop}px`);
    };
    ['resize', 'scroll'].forEach((type) => view?.addEventListener(type, fit));
  }

  // ---------------------------------------------------------------- start

  window.ChannelHub = Object.freeze({ open: () => open(), close: () => close(), identify, logout });

  function start() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(root);
    launcher.append(icon('chat'), badge);
    wire();
    document.body.append(host);
    box.value = draft;
    dress();
    if (visit && Date.now() - visit.at > sessionFresh) renew({ maxAge: sessionFresh }).catch(() => {}); // also learns a new title or colour
    if (visit) connect();
    if (outbox.length) pump();
    if (asked || (remembered?.open && !onPhone.matches)) open({ focus: asked });
    paint();
  }

  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
})();
