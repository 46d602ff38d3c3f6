"""The base of every Celery task: what stands in the table of periodic work is guarded and noted down."""

from celery import Task
from kombu.utils.imports import symbol_by_name

from jas_portal.work.table import BY_TASK


class RecordedTask(Task):
    """A task that a worker runs from the table leaves a line; called as a plain function it is a plain function."""

    abstract = True

    def __call__(self, *args, **kwargs):
        entry = BY_TASK.get(self.name)
        if entry is None or self.request.called_directly:
            return super().__call__(*args, **kwargs)
        # By name: Celery wants its base class before Django has its models.
        return symbol_by_name("jas_portal.work.periodic:run")(entry, self.run)
