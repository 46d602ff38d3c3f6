"""What every download of a list has to do."""

#: A cell that begins with one of these is a formula to a spreadsheet program.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(value):
    """`value` as text that no spreadsheet program runs: a formula gets a quotation mark in front.

    Also when blanks, or their full-width likes, stand before the sign. None becomes "".
    """
    text = "" if value is None else str(value)
    if text.startswith(FORMULA_STARTS) or text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠"):
        return f"'{text}"
    return text
