"""Files that residents send: which types are taken, and the links by which agencies fetch them."""
