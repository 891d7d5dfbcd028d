"""What the command line shows to people: answers as tables, the state of the lake, what a number means."""
