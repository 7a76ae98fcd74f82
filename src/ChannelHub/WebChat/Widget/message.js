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
