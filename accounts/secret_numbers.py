"""Numbers the portal must not hold: a BSN and a V-nummer, found in what people type or bring in (law: Wabb art. 10, UAVG art. 46).

A BSN has nine digits that pass the elfproef; an old one of eight is written without its leading zero. A V-nummer has ten
digits without a check; a residence permit prints it behind "V-NR" or "VNR".
"""

import re
import unicodedata

BSN, V_NUMBER = "bsn", "v_number"

# Not in the middle of a word or of a longer number, unless the word says what follows.
_BEFORE = r"(?:(?<![^\W_])|(?<=bsn)|(?<=nr)|(?<=nummer))"
# Nine digits, bare or in the groups people write them in; eight of an old number.
_NINE_DIGITS = re.compile(
    _BEFORE + r"(\d{9}|\d{4}[ .-]\d{2}[ .-]\d{3}|\d{3}[ .-]\d{3}[ .-]\d{3}|\d{3}[ .-]\d{2}[ .-]\d{4})(?!\d)"
)
_EIGHT_DIGITS = re.compile(_BEFORE + r"(\d{8}|\d{2}([ .])\d{3}\2\d{3})(?![ .]?\d)")
# Any other way of grouping nine digits, as long as it is one way: one and the same sign between all of them.
_GROUPED = re.compile(r"(?<![^\W_])(?<!\d[ .\-/])\d+([ .\-/])\d+(?:\1\d+)*(?![ .\-/]?\d)(?![^\W_])")
# A V-nummer behind its name; a bare V wants the digits in one piece.
_NAMED_V_NUMBER = re.compile(
    r"(?<![^\W_])(?:"
    r"v[ .:-]*\d{10}"
    r"|(?:v[ .-]*(?:nummer|nr)|vreemdelingen[ -]?(?:nummer|nr)|ind[ -]?(?:nummer|nr))"
    r"[ .:#=-]*(?:is[ :]*)?\d(?:[ .-]?\d){9}"
    r")(?!\d)"
)
_BARE_V_NUMBER = re.compile(r"(?<![^\W_])(?<![/=&.,])[1-9]\d{9}(?![\d/]|[.,]\d)")
_BSN_BEFORE = re.compile(r"(?:bsn|burgerservice\w*|sofi\w*)[ -]?(?:nummer|nr)?[ .:#=-]*(?:is[ :]*)?$")
# A word that says that the number behind it is something else.
_OTHER_NUMBER = re.compile(
    r"(?:zaak|dossier|klant|order|factuur|polis|relatie|kenmerk|referentie|aanvraag|rekening|meter|contract|bestel|"
    r"barcode|kvk|ticket|cursus|groeps?|cliënt|client)\w*[ -]?(?:nummer|nr|id)?[ .:#-]*$"
)
# What looks like one and is not. +31 6…, and 0031 6… when it has the length of one (a BSN may begin with two zeros).
_PHONE = re.compile(r"(?<!\d)0(?:[ .-]?\d){9}(?!\d)")
_FOREIGN_PHONE = re.compile(r"(?<!\d)(?:\+ ?|00(?=(?:[ .()-]*\d){9}))\d{1,3}[ .-]?(?:\(0\))?(?:[ .-]?\d)+")
_MONTH, _DAY, _YEAR = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:19|20)\d{2}"
_DATE = re.compile(rf"(?<!\d)(?:{_DAY}([-/. ]){_MONTH}\1{_YEAR}|{_YEAR}([-/.]){_MONTH}\2{_DAY})(?!\d)")
_DATE_IN_ONE = re.compile(
    rf"(?:{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]){_YEAR})"
)
_CASE_NUMBER = re.compile(r"(?<![^\W_])(?!bsn)[a-z]{2,6}-(?:19|20)\d{2}-\d{1,7}(?!\d)")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")


def secret_number_in(text: str, *, is_number: bool = False) -> str:
    """`BSN`, `V_NUMBER` or "": what the text seems to hold first of all.

    `is_number` is for a field that is meant for some other number, such as the municipality's own: there eight or ten
    digits only count when a word in front says what they are.
    """
    if sum(character.isdigit() for character in text) < 8:
        return ""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf").casefold()
    text = _FOREIGN_PHONE.sub(" ☎ ", _DASHES.sub("-", text))
    if _NAMED_V_NUMBER.search(text):
        return V_NUMBER
    text = _PHONE.sub(" ☎ ", text)
    if _holds_bsn(text, is_number):
        return BSN
    if not is_number and any(not _is_another(text, found) for found in _BARE_V_NUMBER.finditer(text)):
        return V_NUMBER
    return ""


def holds_secret_number(text: str) -> bool:
    """True when the text holds a BSN, or a V-nummer behind its name: for cells, which may be numbers of any kind."""
    return bool(secret_number_in(text, is_number=True))


def without_secret_number(text: str, instead: str = "•••") -> str:
    """The text, or `instead` when it holds such a number: for what is kept beside what was typed, such as a search."""
    return instead if secret_number_in(text) else text


def _holds_bsn(text, is_number):
    if any(passes_elfproef(_digits(found[1])) for found in _NINE_DIGITS.finditer(text)):
        return True
    for found in _EIGHT_DIGITS.finditer(text):
        named = bool(_BSN_BEFORE.search(text[: found.start()]))
        other = is_number or _DATE_IN_ONE.fullmatch(found[1]) or _is_another(text, found)
        if (named or not other) and passes_elfproef([0, *_digits(found[1])]):
            return True
    rest = _CASE_NUMBER.sub(" ☐ ", _DATE.sub(" ☐ ", text))
    return any(passes_elfproef(_digits(found[0])) for found in _GROUPED.finditer(rest))


def _is_another(text, found):
    return bool(_OTHER_NUMBER.search(text[: found.start()]))


def _digits(text):
    return [int(character) for character in text if character.isdecimal()]


def passes_elfproef(digits: list[int]) -> bool:
    """The check on a burgerservicenummer: weights 9 to 2 and minus 1, the sum divides by 11; all zeros is none."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return (
        len(digits) == 9
        and any(digits)
        and sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 0
    )
