"""Names of files that people bring in: what is shown and kept of them."""

import re
import unicodedata
from pathlib import PurePosixPath

from accounts.secret_numbers import holds_secret_number

#: What a file is called of which no name may be kept.
NAMELESS = "bestand"


def plain_file_name(name, length=120):
    """The last part of a name, without what hides or steers: no path, no control or direction signs, at most `length`.

    The ending stays. A name with a BSN or V-nummer is not kept.
    """
    name = unicodedata.normalize("NFC", name or "")
    name = re.split(r"[/\\]", "".join(sign for sign in name if unicodedata.category(sign)[0] != "C"))[-1]
    name = " ".join(name.split()).strip(". ")
    suffix = PurePosixPath(name).suffix[:10]
    if not name or holds_secret_number(name):
        return NAMELESS + suffix
    return name if len(name) <= length else name[: length - len(suffix)] + suffix
