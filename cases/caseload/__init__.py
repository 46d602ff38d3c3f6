"""Reading a caseload file: bytes to rows (`reader`), headings to fields (`columns`), cells to values (`rows`).

Nothing in this package touches the database or the clock; `cases.services.caseload` does.
"""
