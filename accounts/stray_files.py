"""Files in storage that no row names: a process was killed after it stored one and before its row was there.

It stands here, at the bottom, because every package stores files.
"""

import logging
from datetime import timedelta

from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

#: A younger file may be of a row that is still to come.
OLD = timedelta(days=1)
_BATCH = 500


def delete_stray_files(folder, *fields, now):
    """Delete what lies in `folder` of the storage for over a day and stands in none of `fields`. Returns how many files.

    `fields` are (model, name of a file field): all that may name a file in this folder.
    """
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored there
        return 0
    places, count = [f"{folder}/{name}" for name in names], 0
    for start in range(0, len(places), _BATCH):
        batch = set(places[start : start + _BATCH])
        for model, field in fields:
            batch -= set(model.objects.filter(**{f"{field}__in": batch}).values_list(field, flat=True))
        count += sum(_delete_when_old(place, now) for place in batch)
    if count:
        logger.warning("%d files of which no row knew were deleted from %s", count, folder)
    return count


def _delete_when_old(place, now):
    try:
        if default_storage.get_modified_time(place) > now - OLD:
            return False
    except FileNotFoundError:  # it just left with its row
        return False
    default_storage.delete(place)
    return True
