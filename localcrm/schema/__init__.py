"""What tables the local CRM has: logical names, columns, relationships, indexes."""
