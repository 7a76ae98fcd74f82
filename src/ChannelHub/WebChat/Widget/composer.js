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
