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
