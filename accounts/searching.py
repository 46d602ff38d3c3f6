"""Search as people expect it of every list: all words, in any order, with or without capitals and accents."""

import re
import unicodedata

from django.db.models import CharField, Q, TextField, Transform

#: More words than these are no name; the database need not look for them.
MOST_WORDS = 8

#: Letters that are no letter with a mark to Unicode, and are one to who types a name.
_OTHERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ə": "e"}
_PLAIN = {
    letter: plain for small, plain in _OTHERS.items() for letter in (small, small.upper()) if not letter.isascii()
}
_TABLE = str.maketrans(_PLAIN)
#: The marks of Latin letters, once they stand apart (NFD).
_MARKS = "[\u0300-\u036f]"


def folded(text):
    """The text without capitals and accents: "Güneş" → "gunes". None stays None."""
    if text is None or text.isascii():
        return text and text.lower()
    return re.sub(_MARKS, "", unicodedata.normalize("NFD", text)).translate(_TABLE).lower()


class Folded(Transform):
    """`folded` in the database: `name__folded__contains=folded(word)`."""

    lookup_name = "folded"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return super().as_sql(compiler, connection, function="FOLDED", **context)

    def as_postgresql(self, compiler, connection, **context):
        text, params = compiler.compile(self.lhs)
        plain = f"REGEXP_REPLACE(NORMALIZE({text}, NFD), '{_MARKS}', '', 'g')"
        plain = f"TRANSLATE({plain}, '{''.join(_PLAIN)}', '{''.join(_PLAIN.values())}')"
        # Most text is ASCII, where a letter is a byte: that is lowered at once.
        is_ascii = f"OCTET_LENGTH({text}) = LENGTH({text})"
        return f"LOWER(CASE WHEN {is_ascii} THEN {text} ELSE {plain} END)", (*params, *params, *params, *params)


CharField.register_lookup(Folded)
TextField.register_lookup(Folded)


def teach(connection, **_signal):
    """Teach a new connection to SQLite what `Folded` is; PostgreSQL knows it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("FOLDED", 1, folded, deterministic=True)


def every_word(text, *fields):
    """The condition (`Q`) that each word of `text` stands in one of the fields: "al hassan" finds al-Hassan.

    No words, no condition.
    """
    found = Q()
    for word in text.split()[:MOST_WORDS]:
        in_one = Q()
        for field in fields:
            in_one |= Q(**{f"{field}__folded__contains": folded(word)})
        found &= in_one
    return found


def has_every_word(text, name):
    """The same of a name at hand: whether each word of `text` stands in it."""
    return all(folded(word) in folded(name) for word in text.split()[:MOST_WORDS])
