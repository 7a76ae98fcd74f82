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
