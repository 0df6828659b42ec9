"""What is made from the one declaration of the keys: schemas, documents, server users, pages."""
