"""What listing needs to know of both sides: categories, parameters, products."""
