"""Pages of privacy: fetch, form, service, respond."""
