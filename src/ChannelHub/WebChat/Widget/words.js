const words = {
  launcher: (unread) => unread ? `Open chat, ${unread} unread ${unread === 1 ? 'message' : 'messages'}` : 'Open chat',
  close: 'Close chat', title: 'Chat with us', log: 'Messages', you: 'You', shop: 'Shop', says: 'said:',
  write: 'Your message', hint: 'Write a message…', send: 'Send message', attach: 'Attach a file',
  earlier: 'Show earlier messages', newer: 'New messages', typing: 'is typing…',
  sending: 'Sending…', unsent: 'Not sent', again: 'Try again', remove: 'Remove', seen: 'Seen', edited: 'edited',
  deleted: 'This message was deleted.', unsupported: 'This kind of message cannot be shown here.',
  offline: 'You are offline. What you write is sent when you are back.', connecting: 'Connecting…',
  unavailable: 'The chat is not available at the moment.', unreachable: 'The shop could not be reached.',
  failed: 'Your message was not sent.', tooLong: (over) => `${over} too many`,
  tooLarge: (name, limit) => `“${name}” is too large. A file may have up to ${size(limit)}.`,
  empty: (name) => `“${name}” is empty.`, noFile: 'The file could not be loaded.', pendingFile: 'being prepared', goneFile: 'not available',
  open: (name) => `Open picture ${name}`, save: (name, bytes) => `Download ${name}${bytes ? `, ${bytes}` : ''}`, file: 'file', place: 'Location',
  download: 'Download', back: 'Back to the chat',
};

const seconds = 1000, minutes = 60 * seconds;
const typingPause = 3 * seconds;      // the server takes one typing signal in this time
const typingShown = 8 * seconds;      // an agent who stopped without a word
const silence = 70 * seconds;         // the stream carries a comment every 15 to 25 s; longer silence is a dead connection
const hiddenGrace = 1 * minutes;      // a visitor has three streams over all tabs; one nobody looks at gives its place back
const sessionFresh = 10 * minutes;    // walking through a shop must not ask for a session on every page
const sendTries = 5;
const phone = '(max-width: 480px), (max-height: 400px)';
const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']; // no SVG: it can carry script
