"""Form widgets that every app may use: big choice buttons and the device's own date and time fields."""

from django import forms


class ChoiceButtons(forms.RadioSelect):
    """One choice as big buttons, for a thumb. `wide=True` gives longer labels more room."""

    template_name = "components/choice_buttons.html"

    def __init__(self, *args, wide=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.wide = wide

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["wide"] = self.wide
        return context


class ChoiceButtonsMultiple(forms.CheckboxSelectMultiple):
    """Several choices as big buttons."""

    template_name = "components/choice_buttons.html"


class DateInput(forms.DateInput):
    """The device's own date field; it speaks ISO dates whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The device's own time field."""

    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """The device's own field for a moment, in the portal's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
