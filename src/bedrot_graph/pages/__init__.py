"""What a browser is shown: the page at `/`, the explorer at `/graphql`, and the files of both."""
