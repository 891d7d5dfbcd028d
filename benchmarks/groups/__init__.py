"""What is measured, by subject. Each module has `measure`, which gives the rows of its table."""
