"""Who may open what: every address of the portal in one table, and what an outsider meets.

A row names the roles whose member *around the cast's dossier* gets an answer (200, or a redirect to one). Everybody
else meets 403 on an address without an id and 404 on one with an id. An address that is missing here fails the test.
"""
