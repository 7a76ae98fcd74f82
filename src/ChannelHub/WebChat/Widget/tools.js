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
