"""One folder per domain: what is true (service), how it is said (types), what may be asked (queries)."""
