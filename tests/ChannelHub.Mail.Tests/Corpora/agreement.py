# Reads file names from standard input, and prints for every mail that is well formed what the standard library finds in it.
import email, email.policy, hashlib, json, sys


def defects(message):
    found = bool(message.defects)
    for name, value in message.items():
        found = found or bool(getattr(value, "defects", ()))
    if message.is_multipart():
        for part in message.get_payload():
            found = defects(part) or found
    return found


def addresses(message, name):
    header = message[name]
    return sorted(one.addr_spec for one in header.addresses) if header is not None else []


def leaves(message):
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
    else:
        for part in message.get_payload():
            yield from leaves(part)


def read(path):
    with open(path, "rb") as file:
        message = email.message_from_bytes(file.read(), policy=email.policy.default)
    texts, htmls, files = [], [], []
    for part in leaves(message):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and part.get_filename() is None and not part.is_attachment():
            (texts if kind == "text/plain" else htmls).append(part.get_content())
        elif kind in ("message/delivery-status", "message/disposition-notification"):
            pass  # the machine's half of a report
        elif kind == "message/rfc822":
            files.append([part.get_filename() or "", None, None])  # the library keeps no bytes of it
        else:
            content = part.get_payload(decode=True) or b""
            files.append([part.get_filename() or "", len(content), hashlib.sha256(content).hexdigest()])
    if message["from"] is None or defects(message):
        return None
    return {
        "subject": str(message["subject"] or ""),
        "addresses": [addresses(message, name) for name in ("from", "to", "cc", "reply-to")],
        # With both kinds a reader is shown one of them, and which is no matter of parsing.
        "text": "\n".join(texts) if texts and not htmls else None,
        "files": files,
    }


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        found = read(path)
    except Exception:  # what the library cannot read is no measure
        found = None
    if found is not None:
        print(json.dumps({"path": path, **found}))
