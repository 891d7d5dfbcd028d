"""The server measured beside its peers; `make bench` runs it all."""
