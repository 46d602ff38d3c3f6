"""Pages of the dossier: fetch, form, service, respond."""
