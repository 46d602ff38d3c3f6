"""The dossier number as a part of an address: `<case_number:number>` in every list of addresses that imports this."""

from django.urls import register_converter


class CaseNumberConverter:
    """A dossier number: letters, digits and hyphens. Anything else never reaches a database (PostgreSQL refuses NUL)."""

    regex = "[A-Za-z0-9-]{1,20}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return str(value)


register_converter(CaseNumberConverter, "case_number")
