"""A city as data: files, hours, guides, facts, telephones, topics. May not know any one city, nor any room."""
