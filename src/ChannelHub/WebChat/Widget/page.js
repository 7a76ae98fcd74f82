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
 * through img-src.
 *
 * A visitor is made only when somebody opens the chat or the shop names its customer: whoever just passes by is neither counted nor stored.
 */
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
