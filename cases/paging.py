"""Pages of long lists: counting stops at a thousand, and a person can still go on."""

import re

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

PER_PAGE = 50
CAP = 1000


class CappedPaginator(Paginator):
    """A paginator that counts no further than it has to: a thousand rows, or one page beyond the page asked for.

    `counting` is the query to count, when a simpler one than that of the rows gives the same number. A `count` that is
    known already may be set.
    """

    def __init__(self, rows, page, counting=None, per_page=PER_PAGE):
        super().__init__(rows, per_page)
        # Six digits are more pages than there are people; more would be no number for a database.
        self.asked = max(1, int(page)) if re.fullmatch(r"[0-9]{1,6}", str(page)) else 1
        self.counting = counting if counting is not None else rows
        self.limit = self.most_counted(self.asked, per_page)

    @staticmethod
    def most_counted(page, per_page=PER_PAGE):
        """How far the rows are counted on this page."""
        return max(CAP, (page + 1) * per_page)

    @cached_property
    def count(self):
        return self.counting.order_by()[: self.limit + 1].values("pk").count()

    @property
    def is_capped(self):
        return self.count > self.limit

    @property
    def count_words(self):
        """How many there are, in words: "80", "meer dan 1000"."""
        return _("meer dan %d") % self.limit if self.is_capped else str(self.count)

    def here(self):
        """The page asked for; the last one when that is beyond the end."""
        return self.get_page(self.asked)
