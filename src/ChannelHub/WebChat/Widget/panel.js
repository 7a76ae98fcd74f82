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
