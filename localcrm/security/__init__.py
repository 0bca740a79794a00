"""Who may do what: roles, privileges and their depths, the rows a principal reaches."""
