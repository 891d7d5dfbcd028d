"""How alerts reach people: through which channels, when, in which words, and what happens where they do not arrive."""
