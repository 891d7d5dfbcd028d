"""`python -m bedrot_graph` is `bedrot-graph`."""

from bedrot_graph.cli import main

if __name__ == "__main__":
    main()
