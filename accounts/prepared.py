"""Queries of the daily screens, put together once: Django's own SQL and conversions, without building them each time.

Putting a query together costs Django many times what the database needs to answer it. `Prepared` does it once for each
thread, role and database, with marks where the values go, and from then on only asks (docs/adr/0007).
"""

from copy import copy
from datetime import UTC, date, datetime, timedelta
from threading import local

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, Value

_FIRST_INT = 8_123_456_789_012_345_000
_FIRST_DAY = date(1001, 2, 3)
_FIRST_MOMENT = datetime(1001, 2, 3, 4, 5, 6, tzinfo=UTC)


def counted(queryset):
    """The number of rows as a queryset of one row, for `Prepared`; read it with `Prepared.number`."""
    return (
        queryset.order_by().annotate(_all=Value(1)).values("_all").annotate(_number=Count("pk")).values_list("_number")
    )


class Prepared:
    """A query of which only values change from call to call.

    `build(user, **values)` returns a `values_list` queryset; its form may depend on the role of `user`, on whether that
    role has an organisation, and on nothing else. `shapes` names the other values with their types (int, date, datetime).
    Calling it gives the list of rows, the same as `list(build(user, **values))`.
    """

    def __init__(self, build, **shapes):
        self.build, self.shapes, self._ready = build, shapes, local()

    def __call__(self, user, **values):
        connection = connections[DEFAULT_DB_ALIAS]
        acting_as = user.acting_as
        key = (acting_as.role, acting_as.organisation_id is None) if acting_as else None
        ready = self._ready.__dict__.get(key)
        if ready is None or ready[0].connection is not connection:
            ready = self._ready.__dict__[key] = self._prepare(connection, user)
        compiler, sql, places = ready
        if sql is None:
            return []
        values = {"user": user.pk, "organisation": acting_as.organisation_id if acting_as else None, **values}
        adapted = {name: _adapt(connection, value) for name, value in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [adapted[what] if is_mark else what for is_mark, what in places])
            rows = cursor.fetchall()
        return list(compiler.results_iter(results=[rows], tuple_expected=True))

    def number(self, user, **values):
        """The sum of the one column of a `counted` queryset."""
        return sum(number for (number,) in self(user, **values))

    def _prepare(self, connection, user):
        kinds = {"user": int, "organisation": int, **self.shapes}
        marks = {name: _mark(kind, place) for place, (name, kind) in enumerate(kinds.items())}
        anybody = copy(user)
        anybody.pk = marks["user"]
        if user.acting_as:
            anybody.acting_as = copy(user.acting_as)
            if user.acting_as.organisation_id is not None:
                anybody.acting_as.organisation_id = marks["organisation"]
        queryset = self.build(anybody, **{name: marks[name] for name in self.shapes})
        compiler = queryset.query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:  # this role sees nothing of it
            return compiler, None, []
        names = {_adapt(connection, mark): name for name, mark in marks.items()}
        return compiler, sql, [(value in names, names.get(value, value)) for value in parameters]


def _mark(kind, place):
    """A value of this type that no real query holds."""
    if kind is int:
        return _FIRST_INT + place
    return (_FIRST_MOMENT if kind is datetime else _FIRST_DAY) + timedelta(days=place)


def _adapt(connection, value):
    """The value as this database takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
