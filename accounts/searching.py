"""Search as people expect it of every list: all words, in any order, with or without capitals and accents."""

import unicodedata

from django.db.models import CharField, Q, TextField, Transform

#: More words than these are no name; the database need not look for them.
MOST_WORDS = 8

_SPECIAL = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ə": "e", "Ø": "o", "Ł": "l", "Đ": "d", "Ð": "d", "Ħ": "h"}  # fmt: skip


def _plain_letters():
    """{letter with a mark: letter}, for the Latin alphabets in which names of people here are written."""
    letters = dict(_SPECIAL)
    for code in [*range(0xC0, 0x180), *range(0x218, 0x21C)]:
        base, *marks = unicodedata.normalize("NFD", chr(code))
        if marks and base.isascii() and base.isalpha():
            letters[chr(code)] = base.lower()
    return letters


_LETTERS = _plain_letters()
_TABLE = str.maketrans(_LETTERS)


def folded(text):
    """The text without capitals and accents: "Güneş" → "gunes". None stays None."""
    return text if text is None else text.translate(_TABLE).lower()


class Folded(Transform):
    """`folded` in the database: `name__folded__contains=folded(word)`."""

    lookup_name = "folded"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return super().as_sql(compiler, connection, function="FOLDED", **context)

    def as_postgresql(self, compiler, connection, **context):
        marked, plain = "".join(_LETTERS), "".join(_LETTERS.values())
        template = f"LOWER(TRANSLATE(%(expressions)s, '{marked}', '{plain}'))"
        return super().as_sql(compiler, connection, template=template, **context)


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
