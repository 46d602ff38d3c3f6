"""Work outside the request: what the clock does (periodic work) and what people ask for (jobs)."""
