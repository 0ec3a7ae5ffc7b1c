"""What a table may hold."""

MAX_COLUMNS = 500
MAX_CATEGORIES = 50
MAX_CLASSES = 50
# Of each class, the test part and two folds need rows.
MIN_ROWS_OF_A_CLASS = 5
# Larger whole numbers are not exact as floats, and the squares of larger numbers overflow.
MAX_WHOLE = 2**53
MAX_NUMBER = 1e100
