"""Solutions: a site's own tables, forms, views, actions and plug-ins, from YAML files."""
