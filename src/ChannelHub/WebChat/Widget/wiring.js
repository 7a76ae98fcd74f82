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
