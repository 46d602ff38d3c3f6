"""A stop by link keeps what it replaced, so that its undo brings exactly that back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_whose_place_it_is")]

    operations = [
        migrations.AddField(
            model_name="preference",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[
                    ("at_once", "Meteen per mail"),
                    ("daily", "Eén keer per dag, samen in één mail"),
                    ("weekly", "Eén keer per week, samen in één mail"),
                    ("portal", "Alleen in het portaal"),
                    ("not_chosen", "Niet gekozen"),
                ],
                max_length=20,
                verbose_name="hoe het was voor het stoppen",
            ),
        ),
    ]
