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
