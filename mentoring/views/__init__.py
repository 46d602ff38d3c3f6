"""Pages of mentoring: fetch, form, service, respond."""
