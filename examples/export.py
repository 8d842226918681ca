"""Exports all records of a resource into <resource>.ndjson, however often the connection is cut. Python 3.8 will do.

    LATCHKEY_URL=http://localhost:4000 LATCHKEY_API_KEY=lk_key_… python3 export.py interactions

Until it is whole the file is called <resource>.ndjson.part; a run that finds one goes on after its last whole line.
"""
import http.client, json, os, sys, time, zlib
from urllib import error, parse, request

URL = os.environ.get("LATCHKEY_URL", "http://localhost:4000").rstrip("/")
HEADERS = {"Authorization": f"Bearer {os.environ.get('LATCHKEY_API_KEY', '')}", "Accept-Encoding": "gzip"}
REFUSALS = {401: "The API key is wrong or was revoked.", 403: "The API key may not read this resource."}


def export(resource, last):
    """The lines that follow the line `last`, or all of them. Wherever it is cut, that is a ConnectionError."""
    query = parse.urlencode({"after": json.loads(last)["id"]}) if last else ""
    export_request = request.Request(f"{URL}/export/v1/records/{resource}.ndjson?{query}", headers=HEADERS)
    try:
        with request.urlopen(export_request, timeout=60) as reply:
            gzip, rest = zlib.decompressobj(wbits=31), b""
            while chunk := reply.read1(65536):
                *lines, rest = (rest + gzip.decompress(chunk)).split(b"\n")
                yield from (line + b"\n" for line in lines)
            if not gzip.eof:
                raise EOFError("The reply has no end.")
    except (OSError, EOFError, http.client.HTTPException, zlib.error) as cut:
        raise cut if isinstance(cut, error.HTTPError) else ConnectionError(cut)


def drop_unfinished_line(part):
    """Returns the last of the lines that stay, or None."""
    last, size = None, 0
    part.seek(0)
    for line in part:
        if line.endswith(b"\n"):
            last, size = line, size + len(line)
    part.truncate(size)
    return last


resource = sys.argv[1] if len(sys.argv) > 1 else "interactions"
with open(f"{resource}.ndjson.part", "a+b") as part:
    last, cuts = drop_unfinished_line(part), 0
    while True:
        try:
            for last in export(resource, last):
                part.write(last)
                cuts = 0
            break
        except error.HTTPError as refusal:
            if refusal.code not in (429, 503):
                if not last: os.remove(part.name)
                sys.exit(REFUSALS.get(refusal.code, f"The server answered {refusal.code} {refusal.reason}."))
            time.sleep(int(refusal.headers.get("Retry-After", 5)))
        except ConnectionError as cut:
            cuts += 1  # In a row, with nothing in between.
            time.sleep(1) if cuts < 10 else sys.exit(f"Gave up: {cut}. Another run goes on from here.")
os.replace(f"{resource}.ndjson.part", f"{resource}.ndjson")
