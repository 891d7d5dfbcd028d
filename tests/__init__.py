"""The second manual: every test's name states a fact."""
