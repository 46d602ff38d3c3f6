"""Forms of the import: the upload, and the filters of its lists."""

import uuid

import django_filters
from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

from cases.caseload import reader
from cases.models import CaseloadImport, CaseloadImportRow, ImportState, RowStatus

WARNED = "gewaarschuwd"


class UploadForm(forms.Form):
    """One caseload file. Its content is judged when it is read, not by its name."""

    file = forms.FileField(
        label=_("Bestand"),
        help_text=_("CSV of XLSX, hoogstens 10 MB en 25.000 rijen, met boven elke kolom een kop."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        validators=[
            FileExtensionValidator(["csv", "txt", "tsv", "xlsx"], message=_("Kies een bestand dat eindigt op .csv, .txt, .tsv of .xlsx."))
        ],
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > reader.MAX_BYTES:
            raise forms.ValidationError(reader.too_large_message())
        head = file.read(4096)
        file.seek(0)
        try:
            reader.refuse_at_sight(head)
        except reader.UnreadableFile as refused:
            raise forms.ValidationError(str(refused)) from None
        return file


class ImportFilter(django_filters.FilterSet):
    """Search and filter the runs."""

    q = django_filters.CharFilter(field_name="file_name", lookup_expr="icontains", label=_("Zoek op bestandsnaam"))
    state = django_filters.ChoiceFilter(label=_("Stand"), choices=ImportState, empty_label=_("Alle"))

    class Meta:
        model = CaseloadImport
        fields = []


class RowFilter(django_filters.FilterSet):
    """Search and filter the rows of a run."""

    q = django_filters.CharFilter(method="search", label=_("Zoek op rij, naam of nummer"))
    result = django_filters.ChoiceFilter(
        method="of_result",
        label=_("Resultaat"),
        choices=[*RowStatus.choices, (WARNED, _("Met een waarschuwing"))],
        empty_label=_("Alle"),
    )

    class Meta:
        model = CaseloadImportRow
        fields = []

    def search(self, rows, name, value):
        return rows.search(value)

    def of_result(self, rows, name, value):
        return rows.filter(is_warned=True) if value == WARNED else rows.filter(status=value)
