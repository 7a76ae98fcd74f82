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
