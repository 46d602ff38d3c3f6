"""The import of a caseload: its pages, and reading a file.

`reader` (bytes to rows of text), `columns` (headings to fields) and `rows` (cells to values and reasons) are pure:
no database, no clock. What is written is written by `cases.services.caseload`.
"""
